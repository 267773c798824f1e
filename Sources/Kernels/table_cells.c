#include "table_cells.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "vector_code.h"

static bool is_blank(unsigned char byte) { return byte == ' ' || byte == '\t'; }

/* Bit i: bytes[i] is the delimiter, a line end or the quote. Reads 64 bytes. */
static inline uint64_t marks_of_64(const char *bytes, char delimiter, char quote) {
#if defined(__x86_64__)
  uint64_t marks = 0;
  const __m128i delimiters = _mm_set1_epi8(delimiter), quotes = _mm_set1_epi8(quote);
  const __m128i feeds = _mm_set1_epi8('\n'), returns = _mm_set1_epi8('\r');
  for (int part = 0; part < 4; part++) {
    __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * part));
    __m128i hits =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(chunk, delimiters), _mm_cmpeq_epi8(chunk, quotes)),
                     _mm_or_si128(_mm_cmpeq_epi8(chunk, feeds), _mm_cmpeq_epi8(chunk, returns)));
    marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(hits) << (16 * part);
  }
  return marks;
#else
  uint64_t marks = 0;
  for (int index = 0; index < 64; index++) {
    char byte = bytes[index];
    marks |= (uint64_t)(byte == delimiter || byte == quote || byte == '\n' || byte == '\r')
             << index;
  }
  return marks;
#endif
}

static inline uint64_t marks_at(const char *bytes, size_t base, size_t end, char delimiter,
                                char quote) {
  if (end - base >= 64)
    return marks_of_64(bytes + base, delimiter, quote);
  char padded[64] = {0};
  size_t count = end - base;
  memcpy(padded, bytes + base, count);
  /* A NUL delimiter or quote would match the padding. */
  return marks_of_64(padded, delimiter, quote) & ((1ull << count) - 1);
}

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

static bool grow(void **memory, size_t *capacity, size_t needed, size_t element) {
  if (needed <= *capacity)
    return true;
  size_t wanted = *capacity < 1024 ? 1024 : *capacity;
  while (wanted < needed) {
    if (wanted > SIZE_MAX / 2 / element)
      return false;
    wanted += wanted / 2;
  }
  void *larger = realloc(*memory, wanted * element);
  if (larger == NULL)
    return false;
  *memory = larger;
  *capacity = wanted;
  return true;
}

static bool fail(struct table_cells *table, enum table_status status, size_t offset) {
  table->status = status;
  table->failure_offset = offset;
  return false;
}

/* Room for as many cells as the text is likely to have, in huge pages where the system has them. */
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

static bool append_cell(struct table_cells *table, uint64_t flags, size_t offset, size_t length,
                        size_t source) {
  if (length >= TABLE_CELL_LENGTH_LIMIT || offset >= TABLE_CELL_OFFSET_LIMIT)
    return fail(table, TABLE_CELL_TOO_LONG, source);
  if (table->cell_count == table->cell_capacity &&
      !grow((void **)&table->cells, &table->cell_capacity, table->cell_count + 1, sizeof(uint64_t)))
    return fail(table, TABLE_NO_MEMORY, source);
  table->cells[table->cell_count++] =
      flags | (uint64_t)length << TABLE_CELL_OFFSET_BITS | (uint64_t)offset;
  return true;
}

static inline bool append_slice(struct table_cells *table, const char *bytes, size_t start,
                                size_t end, const struct table_format *format) {
  if (format->trim) {
    while (start < end && is_blank((unsigned char)bytes[start]))
      start++;
    while (end > start && is_blank((unsigned char)bytes[end - 1]))
      end--;
  }
  return append_cell(table, 0, start, end - start, start);
}

/* The record that ends here has all cells since `first_cell`. */
static bool finish_record(struct table_cells *table, size_t first_cell, size_t record_start) {
  size_t found = table->cell_count - first_cell;
  if (table->columns == 0)
    table->columns = found;
  if (found != table->columns) {
    table->failure_found = found;
    return fail(table, TABLE_RAGGED, record_start);
  }
  table->rows++;
  return true;
}

/* Room for a cell of at most `length` bytes that is no slice of the text; NULL: failed. */
static char *begin_unescaped(struct table_cells *table, size_t length, size_t source) {
  size_t needed = table->unescaped_count + sizeof(uint64_t) + length;
  if (length >= TABLE_CELL_LENGTH_LIMIT) {
    fail(table, TABLE_CELL_TOO_LONG, source);
    return NULL;
  }
  if (!grow((void **)&table->unescaped, &table->unescaped_capacity, needed, 1)) {
    fail(table, TABLE_NO_MEMORY, source);
    return NULL;
  }
  uint64_t place = source;
  memcpy(table->unescaped + table->unescaped_count, &place, sizeof place);
  return table->unescaped + table->unescaped_count + sizeof place;
}

static bool end_unescaped(struct table_cells *table, const char *copy, size_t length,
                          uint64_t flags, size_t source) {
  size_t offset = (size_t)(copy - table->unescaped);
  table->unescaped_count = offset + length;
  return append_cell(table, flags | TABLE_CELL_UNESCAPED, offset, length, source);
}

/* ---- Records whose quotes are not just as RFC 4180 has them: libcsv ---- */

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
         is_blank((unsigned char)record->bytes[start]) &&
         (unsigned char)record->bytes[start] != format->delimiter)
    start++;
  bool quoted = start < end && (unsigned char)record->bytes[start] == format->quote;
  size_t body = quoted ? start + 1 : start;
  uint64_t flags = quoted ? TABLE_CELL_QUOTED : 0;
  record->source = record->source_end;
  if (record->failed)
    return;
  if (length == 0) {
    record->failed = !append_cell(table, flags, start, 0, start);
  } else if (body + length <= end && memcmp(record->bytes + body, text, length) == 0) {
    record->failed = !append_cell(table, flags, body, length, start);
  } else {
    char *copy = begin_unescaped(table, length, start);
    if (copy != NULL)
      memcpy(copy, text, length);
    record->failed = copy == NULL || !end_unescaped(table, copy, length, flags, start);
  }
}

static void receive_end(int terminator, void *context) {
  (void)terminator;
  ((struct quoted_record *)context)->ended = true;
}

static int space_is_blank(unsigned char byte) { return is_blank(byte); }
static int nothing_is_blank(unsigned char byte) {
  (void)byte;
  return 0;
}

/* Parses the record at `start` with libcsv, a piece up to each delimiter or line end at a time,
 * so that a cell's place in the source is known. Returns where the next record starts. */
static size_t split_quoted_record(const char *bytes, size_t start, size_t end,
                                  const struct table_format *format, struct csv_parser *parser,
                                  struct table_cells *table) {
  struct quoted_record record = {
      .table = table, .bytes = bytes, .source = start, .source_end = start, .format = format};
  size_t at = start, base = start;
  uint64_t mask = marks_at(bytes, base, end, (char)format->delimiter, '\n');
  while (!record.ended && !record.failed && at < end) {
    while (mask == 0 && base + 64 < end) {
      base += 64;
      mask = marks_at(bytes, base, end, (char)format->delimiter, '\n');
    }
    size_t stop = end;
    if (mask != 0) {
      stop = base + (size_t)__builtin_ctzll(mask) + 1;
      mask &= mask - 1;
    }
    record.source_end = stop;
    if (csv_parse(parser, bytes + at, stop - at, receive_cell, receive_end, &record) != stop - at) {
      fail(table, TABLE_NO_MEMORY, start);
      return stop;
    }
    at = stop;
  }
  if (!record.ended && !record.failed) {
    record.source_end = end;
    /* Leniently so far: only a quote that is open at the end is an error. */
    csv_set_opts(parser, CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(parser, receive_cell, receive_end, &record) != 0)
      fail(table, TABLE_OPEN_QUOTE, record.source);
  }
  return at;
}

/* ---- All records ---- */

static bool is_comment(const char *bytes, size_t start, size_t end,
                       const struct table_format *format) {
  return format->comment_length > 0 && end - start >= format->comment_length &&
         memcmp(bytes + start, format->comment, format->comment_length) == 0;
}

static bool all_blank(const char *bytes, size_t start, size_t end,
                      const struct table_format *format) {
  if (!format->trim)
    return start == end;
  while (start < end && is_blank((unsigned char)bytes[start]))
    start++;
  return start == end;
}

/* The quoted cell whose opening quote is at `start`. Returns where the delimiter or line end
 * behind it is; 0, with nothing done, when the cell is not just what RFC 4180 describes. */
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
      bytes[at + 1] != '\r')
    return 0;
  if (doubled == 0) {
    append_cell(table, TABLE_CELL_QUOTED, from, at - from, start);
    return at + 1;
  }
  char *copy = begin_unescaped(table, at - from, start);
  if (copy == NULL)
    return 0;
  size_t length = 0;
  for (size_t index = from; index < at; index++) {
    copy[length++] = bytes[index];
    index += (unsigned char)bytes[index] == format->quote;
  }
  end_unescaped(table, copy, length, TABLE_CELL_QUOTED, start);
  return at + 1;
}

size_t table_cells_split(const char *bytes, size_t start, size_t stop_after, size_t end,
                         const struct table_format *format, size_t maximum_rows,
                         struct table_cells *table) {
  const char delimiter = (char)format->delimiter;
  const char quote = format->has_quote ? (char)format->quote : '\n';
  size_t cell_start = start, record_start = start, first_cell = table->cell_count;
  struct csv_parser parser;
  bool parser_ready = false;
  size_t base = start;
  uint64_t mask = 0;
  bool record_begins = true;
  if (start < end)
    mask = marks_at(bytes, base, end, delimiter, quote);
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
        mask = marks_at(bytes, base, end, delimiter, quote);
      }
    }
    while (mask == 0 && base + 64 < end) {
      base += 64;
      mask = marks_at(bytes, base, end, delimiter, quote);
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
      if (cell_start == end) { /* the text ends behind a delimiter: one more, empty cell */
        if (append_slice(table, bytes, end, end, format))
          finish_record(table, first_cell, record_start);
        first_cell = table->cell_count;
        break;
      }
      continue;
    }
    if (byte == '\n' || byte == '\r') {
      /* A blank line is no record; so is what lies between \r and \n. */
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
          mask = marks_at(bytes, base, end, delimiter, quote);
        }
        continue;
      }
    }
    if (!parser_ready) {
      if (csv_init(&parser, 0) != 0) {
        fail(table, TABLE_NO_MEMORY, at);
        break;
      }
      parser_ready = true;
      csv_set_delim(&parser, format->delimiter);
      csv_set_quote(&parser, format->quote);
      csv_set_space_func(&parser, format->trim ? space_is_blank : nothing_is_blank);
      csv_set_blk_size(&parser, 4096);
    }
    table->cell_count = first_cell;
    cell_start = split_quoted_record(bytes, record_start, end, format, &parser, table);
    if (table->status != TABLE_OK || !finish_record(table, first_cell, record_start))
      break;
    record_start = base = cell_start;
    first_cell = table->cell_count;
    record_begins = true;
    mask = cell_start < end ? marks_at(bytes, base, end, delimiter, quote) : 0;
  }
  if (parser_ready)
    csv_free(&parser);
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
