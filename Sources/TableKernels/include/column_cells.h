#ifndef TABLE_KERNELS_COLUMN_CELLS_H
#define TABLE_KERNELS_COLUMN_CELLS_H

#include "table_cells.h"

/* Converts one column of cut cells to values. `validity` has bit i (least significant first) for
 * row i, and all bits are set at the start; several threads may clear bits of the same byte. */

struct missing_markers {
  const char *const *texts;
  const size_t *lengths;
  size_t count;
  bool first_bytes[256]; /* some marker starts with the byte */
  bool empty;            /* the empty text is a marker */
  bool quoted;           /* a quoted marker is missing in a text column too */
};

enum column_fault {
  COLUMN_OK = 0,
  COLUMN_NOT_A_NUMBER = 1, /* nor an integer, for column_cells_to_integers */
  COLUMN_NUL = 2,          /* a text with a NUL byte */
  COLUMN_NOT_UTF8 = 3,
  COLUMN_CODE = 4 /* digits that a number would not give back */
};

struct column_cells {
  const char *bytes;
  size_t byte_count;
  const struct table_cells *table;
  size_t column;
  size_t first_row; /* of the table's row 0 in the outputs */
  const struct missing_markers *markers;
  /* markers of missing values in columns of numbers */
  const struct missing_markers *number_markers;
  bool keeps_codes; /* leading zeros, and integers that the type does not hold, are COLUMN_CODE */
  bool is_utf8,
      has_nul; /* what the table's text is and may have: what its cells need no check for */
  /* out */
  enum column_fault fault;
  size_t fault_row; /* in the table */
  size_t missing;
  size_t marked, marked_row; /* cells that number_markers has, and the row of the first */
};

/* Converts the rows [from, to) of the table; stops at the first row that cannot be converted. */
void column_cells_to_integers(struct column_cells *column, size_t from, size_t to, int64_t *values,
                              uint8_t *validity);
void column_cells_to_doubles(struct column_cells *column, size_t from, size_t to, double *values,
                             uint8_t *validity);
/* Writes the texts of the rows [from, to), each with its NUL, to `block` from `used` on, and their
 * offsets in it to offsets[first_row + row]. Returns the number of bytes that are used then; stops
 * at the first row that is not a text. The block must have room for the bytes from the first row's
 * start to the last row's end, and 32 more. */
size_t column_cells_to_texts(struct column_cells *column, size_t from, size_t to, char *block,
                             size_t used, int64_t *offsets, uint8_t *validity);

#endif
