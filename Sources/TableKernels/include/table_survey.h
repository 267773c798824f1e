#ifndef TABLE_KERNELS_TABLE_SURVEY_H
#define TABLE_KERNELS_TABLE_SURVEY_H

#include "table_cells.h"

/* What one fast pass over delimited text finds, before it is cut: where its rows probably are. */

/* A line end counts as outside quotes after an even number of quotes. If the text starts inside
 * quotes, it is the other way round: the two counts, and ends_inside, change their meaning. */
struct text_survey {
  size_t feeds_outside, feeds_inside; /* the number of \n */
  bool ends_inside;
  bool has_nul, has_non_ascii;
};
struct text_survey table_survey(const char *bytes, size_t count, const struct table_format *format);

/* The offset after the first \n outside quotes in bytes[from ..< to], where `inside` says whether
 * it starts inside quotes; `to` if there is none. */
size_t table_next_row(const char *bytes, size_t from, size_t to, bool inside,
                      const struct table_format *format);

#endif
