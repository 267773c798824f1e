#ifndef TABLE_KERNELS_TABLE_CELLS_H
#define TABLE_KERNELS_TABLE_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Divides delimited text (RFC 4180 and its common variants) into cells. A cell is one word: its
 * start, its length, and two flags. Cells are slices of the text; only quoted cells with doubled
 * quotes are copied, into the table's own block. */

#define TABLE_CELL_OFFSET_BITS 36
#define TABLE_CELL_LENGTH_BITS 26
#define TABLE_CELL_OFFSET_LIMIT (1ull << TABLE_CELL_OFFSET_BITS)
#define TABLE_CELL_LENGTH_LIMIT (1ull << TABLE_CELL_LENGTH_BITS)
#define TABLE_CELL_QUOTED (1ull << 63)
#define TABLE_CELL_UNESCAPED (1ull << 62)

struct table_format {
  const char *comment; /* records that start with it are skipped; NULL: none */
  size_t comment_length;
  unsigned char delimiter;
  unsigned char quote; /* ignored unless has_quote */
  bool has_quote;
  bool trim; /* remove spaces around unquoted cells */
};

enum table_status {
  TABLE_OK = 0,
  TABLE_RAGGED = 1,        /* failure_found cells in a record where `columns` are expected */
  TABLE_OPEN_QUOTE = 2,    /* a quote that is never closed */
  TABLE_CELL_TOO_LONG = 3, /* at least TABLE_CELL_LENGTH_LIMIT bytes */
  TABLE_NO_MEMORY = 4
};

struct table_cells {
  uint64_t *cells; /* row-major (rows, columns) */
  size_t cell_count, cell_capacity;
  size_t rows, columns; /* columns 0: taken from the first record */
  char *unescaped;      /* per cell: 8 bytes with its source offset, then its bytes */
  size_t unescaped_count, unescaped_capacity;
  enum table_status status;
  size_t failure_offset, failure_found;
  /* the number of records with text after a closing quote, and the place of the first */
  size_t text_behind_quotes, text_behind_offset;
};

/* Divides bytes[start ..< end] into cells and appends them to `table`, until the end, until a
 * record starts at or after `stop_after`, or until there are `maximum_rows` rows. `start` must
 * be the start of a record. Returns the offset at which it stopped. A vector scan finds
 * delimiters, line ends and quotes; a record whose quotes do not follow RFC 4180 exactly (spaces
 * around them, text after them, a single quote) is parsed by libcsv. */
size_t table_cells_split(const char *bytes, size_t start, size_t stop_after, size_t end,
                         const struct table_format *format, size_t maximum_rows,
                         struct table_cells *table);
void table_cells_free(struct table_cells *table);

/* The number of lines that start before `offset`: 1 for the first line; \n, \r\n and \r end a
 * line. */
size_t table_line_of(const char *bytes, size_t offset);
/* The offset of a cell in the source. */
size_t table_cell_source(const struct table_cells *table, uint64_t cell);
static inline const char *table_cell_text(const char *bytes, const struct table_cells *table,
                                          uint64_t cell, size_t *length) {
  *length = (size_t)(cell >> TABLE_CELL_OFFSET_BITS & (TABLE_CELL_LENGTH_LIMIT - 1));
  return (cell & TABLE_CELL_UNESCAPED ? table->unescaped : bytes) +
         (cell & (TABLE_CELL_OFFSET_LIMIT - 1));
}

#endif
