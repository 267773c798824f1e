#ifndef KERNELS_TABLE_QUOTES_H
#define KERNELS_TABLE_QUOTES_H

#include "table_cells.h"

#include <csv.h>

/* Records whose quotes are not just as RFC 4180 has them (blanks around, text behind, a stray
 * quote), parsed by libcsv. */

struct table_quotes {
  struct csv_parser parser;
  bool is_ready;
};

/* Makes the parser at its first use; false: there is no memory. */
bool table_quotes_prepare(struct table_quotes *quotes, const struct table_format *format);
void table_quotes_free(struct table_quotes *quotes);

/* Parses the record at `start` with libcsv, a piece up to each delimiter or line end at a time,
 * so that a cell's place in the source is known. Returns where the next record starts. */
size_t table_quotes_split(struct table_quotes *quotes, const char *bytes, size_t start, size_t end,
                          const struct table_format *format, struct table_cells *table);

#endif
