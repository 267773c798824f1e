#ifndef TABLE_KERNELS_TABLE_SPLIT_H
#define TABLE_KERNELS_TABLE_SPLIT_H

#include "table_cells.h"
#include "table_marks.h"

/* A text while it is split: the record and the cell that are being read, and the marks (delimiters,
 * line ends, quotes) of the 64 bytes from `base` that have not been read yet. */
struct split {
  const char *bytes;
  size_t end;
  const struct table_format *format;
  struct table_cells *table;
  char delimiter, quote;
  bool has_quote;
  size_t cell_start, record_start;
  size_t first_cell; /* the index of the record's first cell */
  size_t base;
  uint64_t marks;
  bool record_begins;
};

static inline void table_read_marks(struct split *split, size_t base) {
  split->base = base;
  split->marks = base < split->end ? table_marks_at(split->bytes, base, split->end,
                                                    split->delimiter, split->quote)
                                   : 0;
}

/* The offset of the next quote from `at` on; `end` if there is none. `readable`: the end of the
 * bytes that may be read. */
static inline size_t table_next_quote(const char *bytes, size_t at, size_t end, size_t readable,
                                      char quote) {
  for (; at < end; at += 64) {
    if (readable - at < 64) {
      const char *found = memchr(bytes + at, quote, end - at);
      return found == NULL ? end : (size_t)(found - bytes);
    }
    uint64_t places = places_of(bytes + at, quote);
    if (places != 0) {
      at += (size_t)__builtin_ctzll(places);
      return at < end ? at : end;
    }
  }
  return end;
}

/* Copies the text of a quoted cell with each two quotes as one; returns its length. The copy has
 * room for 16 bytes more than the text. */
static inline size_t table_copy_unescaped(char *copy, const char *bytes, size_t from, size_t to,
                                          size_t readable, char quote) {
  size_t length = 0;
  while (from < to) {
    size_t past = table_next_quote(bytes, from, to, readable, quote);
    past += past < to;
    if (readable - past >= 16) {
      for (size_t at = 0; at < past - from; at += 16)
        memcpy(copy + length + at, bytes + from + at, 16);
    } else {
      memcpy(copy + length, bytes + from, past - from);
    }
    length += past - from;
    from = past + 1;
  }
  return length;
}

/* Cuts whole blocks of 64 bytes from the start of a record on, as far as a simple rule covers them:
 * every quote follows RFC 4180, no line is blank, no \r is without \n, every record has as many
 * cells as the table. Then the split is where that block starts, or where the quoted cell starts
 * that reaches into it. The table must have more than one column, and the format no comments.
 * Stops before `end`, and before there are `maximum_rows`. */
void table_cut_blocks(struct split *split, size_t end, size_t maximum_rows);

#endif
