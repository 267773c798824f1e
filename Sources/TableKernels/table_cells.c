#include "table_cells.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "table_building.h"
#include "table_marks.h"
#include "table_quotes.h"
#include "vector_code.h"

VECTOR_CODE
int table_text_features(const char *bytes, size_t count, char quote) {
  unsigned char quotes = 0, nuls = 0, high = 0;
  for (size_t index = 0; index < count; index++) {
    unsigned char byte = (unsigned char)bytes[index];
    quotes |= byte == (unsigned char)quote;
    nuls |= byte == 0;
    high |= byte;
  }
  return (quotes ? TABLE_HAS_QUOTE : 0) | (nuls ? TABLE_HAS_NUL : 0) |
         (high & 0x80 ? TABLE_HAS_NON_ASCII : 0);
}

/* Reserves room for the expected number of cells, in huge pages if the system supports them. */
static void reserve_cells(struct table_cells *table, size_t text_length) {
  enum { HUGE_PAGE = 1 << 21, MOST = 1 << 26 };
  size_t bytes = text_length < MOST ? text_length : MOST;
  if (table->cells != NULL || bytes < 2 * HUGE_PAGE)
    return;
  void *memory = NULL;
  if (posix_memalign(&memory, HUGE_PAGE, bytes) != 0)
    return;
#if defined(__linux__)
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  table->cells = memory;
  table->cell_capacity = bytes / sizeof(uint64_t);
}

static inline bool append_slice(struct table_cells *table, const char *bytes, size_t start,
                                size_t end, const struct table_format *format) {
  if (format->trim) {
    while (start < end && table_is_blank((unsigned char)bytes[start]))
      start++;
    while (end > start && table_is_blank((unsigned char)bytes[end - 1]))
      end--;
  }
  return table_append_cell(table, 0, start, end - start, start);
}

/* Ends a record, which has all cells since `first_cell`. */
static bool finish_record(struct table_cells *table, size_t first_cell, size_t record_start) {
  size_t found = table->cell_count - first_cell;
  if (table->columns == 0)
    table->columns = found;
  if (found != table->columns) {
    table->failure_found = found;
    return table_fail(table, TABLE_RAGGED, record_start);
  }
  table->rows++;
  return true;
}

static bool is_comment(const char *bytes, size_t start, size_t end,
                       const struct table_format *format) {
  return format->comment_length > 0 && end - start >= format->comment_length &&
         memcmp(bytes + start, format->comment, format->comment_length) == 0;
}

static bool all_blank(const char *bytes, size_t start, size_t end,
                      const struct table_format *format) {
  if (!format->trim)
    return start == end;
  while (start < end && table_is_blank((unsigned char)bytes[start]))
    start++;
  return start == end;
}

/* Appends the quoted cell whose opening quote is at `start`. Returns the offset of the delimiter
 * or line end after it; 0, without any change, if the cell does not follow RFC 4180 exactly. */
static size_t append_quoted(struct table_cells *table, const char *bytes, size_t start, size_t end,
                            const struct table_format *format) {
  size_t from = start + 1, at = from, doubled = 0;
  for (;;) {
    const char *found = memchr(bytes + at, format->quote, end - at);
    if (found == NULL)
      return 0;
    at = (size_t)(found - bytes);
    if (at + 1 == end || (unsigned char)bytes[at + 1] != format->quote)
      break;
    doubled++;
    at += 2;
  }
  if (at + 1 < end && (unsigned char)bytes[at + 1] != format->delimiter && bytes[at + 1] != '\n' &&
      bytes[at + 1] != '\r') {
    size_t behind = at + 1;
    while (behind < end && table_is_blank((unsigned char)bytes[behind]))
      behind++;
    if (behind < end && (unsigned char)bytes[behind] != format->delimiter &&
        bytes[behind] != '\n' && bytes[behind] != '\r' && table->text_behind_quotes++ == 0)
      table->text_behind_offset = at;
    return 0;
  }
  if (doubled == 0) {
    table_append_cell(table, TABLE_CELL_QUOTED, from, at - from, start);
    return at + 1;
  }
  char *copy = table_begin_unescaped(table, at - from, start);
  if (copy == NULL)
    return 0;
  size_t length = 0;
  for (size_t index = from; index < at; index++) {
    copy[length++] = bytes[index];
    index += (unsigned char)bytes[index] == format->quote;
  }
  table_end_unescaped(table, copy, length, TABLE_CELL_QUOTED, start);
  return at + 1;
}

size_t table_cells_split(const char *bytes, size_t start, size_t stop_after, size_t end,
                         const struct table_format *format, size_t maximum_rows,
                         struct table_cells *table) {
  const char delimiter = (char)format->delimiter;
  const char quote = format->has_quote ? (char)format->quote : '\n';
  size_t cell_start = start, record_start = start, first_cell = table->cell_count;
  struct table_quotes quotes = {.is_ready = false};
  size_t base = start;
  uint64_t mask = 0;
  bool record_begins = true;
  if (start < end)
    mask = table_marks_at(bytes, base, end, delimiter, quote);
  if (maximum_rows > 1 && stop_after > start)
    reserve_cells(table, stop_after - start);
  while (cell_start < end && table->rows < maximum_rows) {
    if (record_begins) {
      if (cell_start >= stop_after)
        break;
      record_begins = false;
      if (is_comment(bytes, cell_start, end, format)) {
        size_t stop = cell_start;
        while (stop < end && bytes[stop] != '\n' && bytes[stop] != '\r')
          stop++;
        cell_start = record_start = base = stop;
        if (stop >= end)
          break;
        mask = table_marks_at(bytes, base, end, delimiter, quote);
      }
    }
    while (mask == 0 && base + 64 < end) {
      base += 64;
      mask = table_marks_at(bytes, base, end, delimiter, quote);
    }
    if (mask == 0) { /* the last record ends without a line end */
      if (first_cell < table->cell_count || !all_blank(bytes, cell_start, end, format)) {
        if (!append_slice(table, bytes, cell_start, end, format))
          break;
        if (!finish_record(table, first_cell, record_start))
          break;
      }
      cell_start = end;
      first_cell = table->cell_count;
      break;
    }
    size_t at = base + (size_t)__builtin_ctzll(mask);
    mask &= mask - 1;
    char byte = bytes[at];
    if (byte == delimiter) {
      if (!append_slice(table, bytes, cell_start, at, format))
        break;
      cell_start = at + 1;
      if (cell_start == end) { /* the text ends with a delimiter: one more, empty cell */
        if (append_slice(table, bytes, end, end, format))
          finish_record(table, first_cell, record_start);
        first_cell = table->cell_count;
        break;
      }
      continue;
    }
    if (byte == '\n' || byte == '\r') {
      /* A blank line is not a record; nor is the part between \r and \n. */
      if (first_cell < table->cell_count || !all_blank(bytes, cell_start, at, format)) {
        if (!append_slice(table, bytes, cell_start, at, format))
          break;
        if (!finish_record(table, first_cell, record_start))
          break;
      }
      cell_start = record_start = at + 1;
      first_cell = table->cell_count;
      record_begins = true;
      continue;
    }
    if (all_blank(bytes, cell_start, at, format)) {
      size_t stop = append_quoted(table, bytes, at, end, format);
      if (table->status != TABLE_OK)
        break;
      if (stop != 0) {
        bool delimited = stop < end && bytes[stop] == delimiter;
        cell_start = stop < end ? stop + 1 : end;
        if (delimited && cell_start == end && !append_slice(table, bytes, end, end, format))
          break;
        if (!delimited || cell_start == end) {
          if (!finish_record(table, first_cell, record_start))
            break;
          record_start = cell_start;
          first_cell = table->cell_count;
          record_begins = true;
        }
        if (cell_start < end && cell_start - base < 64) {
          mask &= ~0ull << (cell_start - base);
        } else if (cell_start < end) {
          base = cell_start;
          mask = table_marks_at(bytes, base, end, delimiter, quote);
        }
        continue;
      }
    }
    if (!table_quotes_prepare(&quotes, format)) {
      table_fail(table, TABLE_NO_MEMORY, at);
      break;
    }
    table->cell_count = first_cell;
    cell_start = table_quotes_split(&quotes, bytes, record_start, end, format, table);
    if (table->status != TABLE_OK || !finish_record(table, first_cell, record_start))
      break;
    record_start = base = cell_start;
    first_cell = table->cell_count;
    record_begins = true;
    mask = cell_start < end ? table_marks_at(bytes, base, end, delimiter, quote) : 0;
  }
  table_quotes_free(&quotes);
  return cell_start;
}

void table_cells_free(struct table_cells *table) {
  free(table->cells);
  free(table->unescaped);
  memset(table, 0, sizeof *table);
}

size_t table_line_of(const char *bytes, size_t offset) {
  size_t line = 1;
  for (size_t index = 0; index < offset; index++) {
    if (bytes[index] == '\n')
      line++;
    if (bytes[index] == '\r' && (index + 1 == offset || bytes[index + 1] != '\n'))
      line++;
  }
  return line;
}

size_t table_cell_source(const struct table_cells *table, uint64_t cell) {
  size_t offset = cell & (TABLE_CELL_OFFSET_LIMIT - 1);
  if (!(cell & TABLE_CELL_UNESCAPED))
    return offset;
  uint64_t source;
  memcpy(&source, table->unescaped + offset - sizeof source, sizeof source);
  return source;
}
