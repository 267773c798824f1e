#include "table_quotes.h"

#include <string.h>

#include "table_building.h"
#include "table_marks.h"

struct quoted_record {
  struct table_cells *table;
  const char *bytes;
  size_t source;     /* where the cell that libcsv is reading starts */
  size_t source_end; /* one past the bytes that libcsv has been given */
  const struct table_format *format;
  bool ended, failed;
};

static void receive_cell(void *text, size_t length, void *context) {
  struct quoted_record *record = context;
  struct table_cells *table = record->table;
  const struct table_format *format = record->format;
  size_t start = record->source, end = record->source_end;
  while (format->trim && start < end && start + 1 < end &&
         table_is_blank((unsigned char)record->bytes[start]) &&
         (unsigned char)record->bytes[start] != format->delimiter)
    start++;
  bool quoted = start < end && (unsigned char)record->bytes[start] == format->quote;
  size_t body = quoted ? start + 1 : start;
  uint64_t flags = quoted ? TABLE_CELL_QUOTED : 0;
  record->source = record->source_end;
  if (record->failed)
    return;
  if (length == 0) {
    record->failed = !table_append_cell(table, flags, start, 0, start);
  } else if (body + length <= end && memcmp(record->bytes + body, text, length) == 0) {
    record->failed = !table_append_cell(table, flags, body, length, start);
  } else {
    char *copy = table_begin_unescaped(table, length, start);
    if (copy != NULL)
      memcpy(copy, text, length);
    record->failed = copy == NULL || !table_end_unescaped(table, copy, length, flags, start);
  }
}

static void receive_end(int terminator, void *context) {
  (void)terminator;
  ((struct quoted_record *)context)->ended = true;
}

static int space_is_blank(unsigned char byte) { return table_is_blank(byte); }
static int nothing_is_blank(unsigned char byte) {
  (void)byte;
  return 0;
}

bool table_quotes_prepare(struct table_quotes *quotes, const struct table_format *format) {
  struct csv_parser *parser = &quotes->parser;
  if (quotes->is_ready)
    return true;
  if (csv_init(parser, 0) != 0)
    return false;
  quotes->is_ready = true;
  csv_set_delim(parser, format->delimiter);
  csv_set_quote(parser, format->quote);
  csv_set_space_func(parser, format->trim ? space_is_blank : nothing_is_blank);
  csv_set_blk_size(parser, 4096);
  return true;
}

void table_quotes_free(struct table_quotes *quotes) {
  if (quotes->is_ready)
    csv_free(&quotes->parser);
  quotes->is_ready = false;
}

size_t table_quotes_split(struct table_quotes *quotes, const char *bytes, size_t start, size_t end,
                          const struct table_format *format, struct table_cells *table) {
  struct csv_parser *parser = &quotes->parser;
  struct quoted_record record = {
      .table = table, .bytes = bytes, .source = start, .source_end = start, .format = format};
  size_t at = start, base = start;
  uint64_t mask = table_marks_at(bytes, base, end, (char)format->delimiter, '\n');
  while (!record.ended && !record.failed && at < end) {
    while (mask == 0 && base + 64 < end) {
      base += 64;
      mask = table_marks_at(bytes, base, end, (char)format->delimiter, '\n');
    }
    size_t stop = end;
    if (mask != 0) {
      stop = base + (size_t)__builtin_ctzll(mask) + 1;
      mask &= mask - 1;
    }
    record.source_end = stop;
    if (csv_parse(parser, bytes + at, stop - at, receive_cell, receive_end, &record) != stop - at) {
      table_fail(table, TABLE_NO_MEMORY, start);
      return stop;
    }
    at = stop;
  }
  if (!record.ended && !record.failed) {
    record.source_end = end;
    /* Lenient until here; a quote that is open at the end is an error. */
    csv_set_opts(parser, CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(parser, receive_cell, receive_end, &record) != 0)
      table_fail(table, TABLE_OPEN_QUOTE, record.source);
  }
  return at;
}
