#include "table_cells.h"

#include <stdlib.h>
#include <string.h>

#include "block_instructions.h"
#include "table_building.h"
#include "table_quotes.h"
#include "table_split.h"

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
  const char quote = (char)format->quote;
  size_t from = start + 1, at = from, doubled = 0;
  for (;;) {
    at = table_next_quote(bytes, at, end, end, quote);
    if (at == end)
      return 0;
    if (at + 1 == end || bytes[at + 1] != quote)
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
  size_t length = table_copy_unescaped(copy, bytes, from, at, end, quote);
  table_end_unescaped(table, copy, length, TABLE_CELL_QUOTED, start);
  return at + 1;
}

static inline void begin_record(struct split *split) {
  split->record_start = split->cell_start;
  split->first_cell = split->table->cell_count;
  split->record_begins = true;
}

/* Ends the last cell of a record at `at`, a line end or the end of the text. A blank line is not a
 * record; nor is the part between \r and \n. */
static inline bool end_record(struct split *split, size_t at) {
  if (split->first_cell == split->table->cell_count &&
      all_blank(split->bytes, split->cell_start, at, split->format))
    return true;
  return append_slice(split->table, split->bytes, split->cell_start, at, split->format) &&
         finish_record(split->table, split->first_cell, split->record_start);
}

/* Moves to the line end of a comment that starts at the current cell, if there is one. */
static inline void skip_comment(struct split *split) {
  if (!is_comment(split->bytes, split->cell_start, split->end, split->format))
    return;
  size_t stop = split->cell_start;
  while (stop < split->end && split->bytes[stop] != '\n' && split->bytes[stop] != '\r')
    stop++;
  split->cell_start = split->record_start = stop;
  table_read_marks(split, stop);
}

/* Ends the cell at the delimiter at `at`. At the end of the text, one more, empty cell follows it.
 */
static inline bool end_cell(struct split *split, size_t at) {
  if (!append_slice(split->table, split->bytes, split->cell_start, at, split->format))
    return false;
  split->cell_start = at + 1;
  if (split->cell_start < split->end)
    return true;
  bool ended = append_slice(split->table, split->bytes, split->end, split->end, split->format) &&
               finish_record(split->table, split->first_cell, split->record_start);
  begin_record(split);
  return ended;
}

/* Goes on after a quoted cell, whose delimiter or line end is at `stop`. */
static inline bool after_quoted(struct split *split, size_t stop) {
  const size_t end = split->end;
  bool delimited = stop < end && split->bytes[stop] == split->delimiter;
  split->cell_start = stop < end ? stop + 1 : end;
  if (delimited && split->cell_start == end &&
      !append_slice(split->table, split->bytes, end, end, split->format))
    return false;
  if (!delimited || split->cell_start == end) {
    if (!finish_record(split->table, split->first_cell, split->record_start))
      return false;
    begin_record(split);
  }
  if (split->cell_start < end && split->cell_start - split->base < 64)
    split->marks &= ~0ull << (split->cell_start - split->base);
  else
    table_read_marks(split, split->cell_start);
  return true;
}

/* Reads the whole record again with libcsv, which knows quotes that RFC 4180 does not have. */
static bool split_by_quotes(struct split *split, struct table_quotes *quotes, size_t at) {
  struct table_cells *table = split->table;
  if (!table_quotes_prepare(quotes, split->format))
    return table_fail(table, TABLE_NO_MEMORY, at);
  table->cell_count = split->first_cell;
  split->cell_start = table_quotes_split(quotes, split->bytes, split->record_start, split->end,
                                         split->format, table);
  if (table->status != TABLE_OK || !finish_record(table, split->first_cell, split->record_start))
    return false;
  begin_record(split);
  table_read_marks(split, split->cell_start);
  return true;
}

size_t table_cells_split(const char *bytes, size_t start, size_t stop_after, size_t end,
                         const struct table_format *format, size_t maximum_rows,
                         struct table_cells *table) {
  struct split split = {.bytes = bytes,
                        .end = end,
                        .format = format,
                        .table = table,
                        .delimiter = (char)format->delimiter,
                        .quote = format->has_quote ? (char)format->quote : '\n',
                        .has_quote = format->has_quote,
                        .cell_start = start};
  struct table_quotes quotes = {.is_ready = false};
  begin_record(&split);
  table_read_marks(&split, start);
#if HAS_BLOCK_INSTRUCTIONS
  const bool in_blocks = table->columns > 1 && format->comment_length == 0 &&
                         end <= TABLE_CELL_OFFSET_LIMIT && table_has_block_instructions();
#endif
  bool going = true;
  while (going && split.cell_start < end && table->rows < maximum_rows) {
    if (split.record_begins) {
#if HAS_BLOCK_INSTRUCTIONS
      if (in_blocks && split.cell_start < stop_after)
        table_cut_blocks(&split, stop_after, maximum_rows);
#endif
      if (table->status != TABLE_OK || (split.record_begins && split.cell_start >= stop_after))
        break;
      if (split.record_begins)
        skip_comment(&split);
      split.record_begins = false;
    }
    while (split.marks == 0 && split.base + 64 < end)
      table_read_marks(&split, split.base + 64);
    if (split.marks == 0) { /* the last record ends without a line end */
      if (end_record(&split, end))
        split.cell_start = end;
      break;
    }
    size_t at = split.base + (size_t)__builtin_ctzll(split.marks);
    split.marks &= split.marks - 1;
    char byte = bytes[at];
    if (byte == split.delimiter) {
      going = end_cell(&split, at);
    } else if (byte == '\n' || byte == '\r') {
      going = end_record(&split, at);
      if (going) {
        split.cell_start = at + 1;
        begin_record(&split);
      }
    } else {
      size_t stop = all_blank(bytes, split.cell_start, at, format)
                        ? append_quoted(table, bytes, at, end, format)
                        : 0;
      going = table->status == TABLE_OK &&
              (stop != 0 ? after_quoted(&split, stop) : split_by_quotes(&split, &quotes, at));
    }
  }
  table_quotes_free(&quotes);
  return split.cell_start;
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
