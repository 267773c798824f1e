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
  bool is_plain;    /* the whole source is ASCII without NUL: texts need no check */
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
/* The number of bytes that column_cells_to_text will write: the texts, each with its NUL. */
size_t column_cells_text_bytes(const struct column_cells *column, size_t from, size_t to);
/* Writes texts at `block` + offset and their offsets to offsets[first_row + row]; returns the
 * offset after the last one. */
int64_t column_cells_to_text(struct column_cells *column, size_t from, size_t to, char *block,
                             int64_t offset, int64_t *offsets, uint8_t *validity);

#endif
