#ifndef TABLE_KERNELS_TABLE_QUOTES_H
#define TABLE_KERNELS_TABLE_QUOTES_H

#include "table_cells.h"

#include <csv.h>

/* Parses records whose quotes do not follow RFC 4180 exactly (spaces around them, text after
 * them, a single quote) with libcsv. */

struct table_quotes {
  struct csv_parser parser;
  bool is_ready;
};

/* Creates the parser at its first use; returns false if there is no memory. */
bool table_quotes_prepare(struct table_quotes *quotes, const struct table_format *format);
void table_quotes_free(struct table_quotes *quotes);

/* Parses the record at `start` with libcsv in pieces up to each delimiter or line end, so that
 * the offset of each cell is known. Returns the offset of the next record. */
size_t table_quotes_split(struct table_quotes *quotes, const char *bytes, size_t start, size_t end,
                          const struct table_format *format, struct table_cells *table);

#endif
