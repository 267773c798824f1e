#include "column_cells.h"

#include <math.h>
#include <string.h>

#include "number_text.h"
#include "short_numbers.h"
#include "utf8_text.h"

static inline bool is_marker(const struct missing_markers *markers, const char *text,
                             size_t length) {
  if (length == 0)
    return markers->empty;
  if (!markers->first_bytes[(unsigned char)text[0]])
    return false;
  for (size_t index = 0; index < markers->count; index++) {
    if (markers->lengths[index] == length && memcmp(markers->texts[index], text, length) == 0)
      return true;
  }
  return false;
}

static inline uint64_t cell_at(const struct column_cells *column, size_t row) {
  return column->table->cells[row * column->table->columns + column->column];
}

/* Two threads may share the byte at the border between their rows. */
static inline void clear_validity(struct column_cells *column, uint8_t *validity, size_t row) {
  size_t at = column->first_row + row;
  __atomic_fetch_and(&validity[at >> 3], (uint8_t) ~(1u << (at & 7)), __ATOMIC_RELAXED);
  column->missing++;
}

/* The number of readable bytes from a cell to the end of its source. */
static inline size_t readable_at(const struct column_cells *column, uint64_t cell, const char *text,
                                 size_t length) {
  return cell & TABLE_CELL_UNESCAPED ? length : (size_t)(column->bytes + column->byte_count - text);
}

/* Whether a cell is a missing value in a column of numbers. */
static bool is_missing_number(struct column_cells *column, const char *text, size_t length,
                              size_t row) {
  if (is_marker(column->markers, text, length))
    return true;
  if (!is_marker(column->number_markers, text, length))
    return false;
  if (column->marked++ == 0)
    column->marked_row = row;
  return true;
}

/* Whether digits follow a leading zero: a code, such as a postal code, whose zeros a number
 * would lose. */
static inline bool has_leading_zero(const char *text, size_t length) {
  if (length > 0 && (*text == '-' || *text == '+'))
    text++, length--;
  return length > 1 && text[0] == '0' && (unsigned)(unsigned char)text[1] - '0' <= 9;
}

/* Whether a cell is an integer that `value` does not represent exactly. */
static bool is_rounded_integer(const char *text, size_t length, double value) {
  if (!(fabs(value) >= 9007199254740992.0))
    return false;
  size_t digits = 0;
  uint64_t magnitude = 0;
  bool overflows = false;
  for (size_t at = *text == '-' || *text == '+'; at < length; at++, digits++) {
    unsigned digit = (unsigned)(unsigned char)text[at] - '0';
    if (digit > 9)
      return false;
    overflows |= __builtin_mul_overflow(magnitude, (uint64_t)10, &magnitude) ||
                 __builtin_add_overflow(magnitude, (uint64_t)digit, &magnitude);
  }
  return digits > 0 && (overflows || !(fabs(value) < 18446744073709551616.0) ||
                        (uint64_t)fabs(value) != magnitude);
}

static bool fail(struct column_cells *column, enum column_fault fault, size_t row) {
  column->fault = fault;
  column->fault_row = row;
  return false;
}

static bool read_integer_cell(struct column_cells *column, size_t row, uint64_t cell,
                              int64_t *value, uint8_t *validity) {
  size_t length;
  const char *text = table_cell_text(column->bytes, column->table, cell, &length);
  if (integer_from_text(text, length, readable_at(column, cell, text, length), value)) {
    if (column->keeps_codes && has_leading_zero(text, length))
      return fail(column, COLUMN_CODE, row);
    return true;
  }
  if (!is_missing_number(column, text, length, row))
    return fail(column, COLUMN_NOT_A_NUMBER, row);
  *value = 0;
  clear_validity(column, validity, row);
  return true;
}

static bool read_double_cell(struct column_cells *column, size_t row, uint64_t cell, double *value,
                             uint8_t *validity) {
  size_t length;
  const char *text = table_cell_text(column->bytes, column->table, cell, &length);
  bool number = double_from_text(text, length, readable_at(column, cell, text, length), value);
  if (number && !isnan(*value)) {
    if (!column->keeps_codes)
      return true;
    bool is_code = is_rounded_integer(text, length, *value);
    if (!is_code && has_leading_zero(text, length)) {
      int64_t integer;
      is_code = integer_from_text(text, length, length, &integer);
    }
    return !is_code || fail(column, COLUMN_CODE, row);
  }
  if (!number && !is_missing_number(column, text, length, row))
    return fail(column, COLUMN_NOT_A_NUMBER, row);
  *value = NAN;
  clear_validity(column, validity, row);
  return true;
}

static void plain_integers(struct column_cells *column, size_t from, size_t to, int64_t *values,
                           uint8_t *validity) {
  for (size_t row = from; row < to; row++)
    if (!read_integer_cell(column, row, cell_at(column, row), values + column->first_row + row,
                           validity))
      return;
}

static void plain_doubles(struct column_cells *column, size_t from, size_t to, double *values,
                          uint8_t *validity) {
  for (size_t row = from; row < to; row++)
    if (!read_double_cell(column, row, cell_at(column, row), values + column->first_row + row,
                          validity))
      return;
}

#if HAS_BLOCK_INSTRUCTIONS
/* Whether read_short_number may read the rows of a column: a cell's end is at least 16 bytes after
 * the start of the text. Cells are in the order of the text, and copies are not read. */
static inline bool are_deep(const struct column_cells *column, size_t from) {
  uint64_t cell = cell_at(column, from);
  return (cell & TABLE_CELL_UNESCAPED) || (cell & (TABLE_CELL_OFFSET_LIMIT - 1)) >= 16;
}

/* Reads the number of a cell of 1 to 16 bytes without quotes, and the end of its text. */
static inline WITH_BLOCKS bool read_short_cell(const char *bytes, uint64_t cell, const char **end,
                                               struct short_number *number) {
  /* The flags make other cells longer. */
  uint64_t length = cell >> TABLE_CELL_OFFSET_BITS;
  *end = bytes + (cell & (TABLE_CELL_OFFSET_LIMIT - 1)) + length;
  return length - 1 < 16 && read_short_number(*end, length, number);
}

WITH_BLOCKS static void short_integers(struct column_cells *column, size_t from, size_t to,
                                       int64_t *values, uint8_t *validity) {
  /* Read once, because the compiler cannot know that the values do not overlap them. */
  const uint64_t *cells = column->table->cells + column->column;
  const size_t columns = column->table->columns;
  const char *bytes = column->bytes;
  values += column->first_row;
  for (size_t row = from; row < to; row++) {
    uint64_t cell = cells[row * columns];
    const char *end;
    struct short_number number;
    if (read_short_cell(bytes, cell, &end, &number) && number.place == 16 &&
        !short_leading_zero(&number, end)) {
      int64_t sign = -(int64_t)number.negative;
      values[row] = ((int64_t)number.digits ^ sign) - sign;
    } else if (!read_integer_cell(column, row, cell, values + row, validity)) {
      return;
    }
  }
}

/* The divisions are made together, several by one instruction. */
WITH_BLOCKS static void short_doubles(struct column_cells *column, size_t from, size_t to,
                                      double *values, uint8_t *validity) {
  enum { TOGETHER = 64 };
  double numerators[TOGETHER], denominators[TOGETHER];
  const uint64_t *cells = column->table->cells + column->column;
  const size_t columns = column->table->columns;
  const char *bytes = column->bytes;
  values += column->first_row;
  bool going = true;
  while (going && from < to) {
    size_t count = to - from < TOGETHER ? to - from : TOGETHER, done = 0;
    for (; done < count; done++) {
      uint64_t cell = cells[(from + done) * columns];
      const char *end;
      struct short_number number;
      if (read_short_cell(bytes, cell, &end, &number) && number.digits < 1ull << 53 &&
          !short_leading_zero(&number, end)) {
        numerators[done] = short_numerator(&number);
        denominators[done] = short_denominator(&number);
        continue;
      }
      going = read_double_cell(column, from + done, cell, &numerators[done], validity);
      denominators[done] = 1;
      if (!going)
        break;
    }
    for (size_t index = 0; index < done; index++)
      values[from + index] = numerators[index] / denominators[index];
    from += count;
  }
}
#endif

void column_cells_to_integers(struct column_cells *column, size_t from, size_t to, int64_t *values,
                              uint8_t *validity) {
#if HAS_BLOCK_INSTRUCTIONS
  if (table_has_block_instructions() && from < to && are_deep(column, from)) {
    short_integers(column, from, to, values, validity);
    return;
  }
#endif
  plain_integers(column, from, to, values, validity);
}

void column_cells_to_doubles(struct column_cells *column, size_t from, size_t to, double *values,
                             uint8_t *validity) {
#if HAS_BLOCK_INSTRUCTIONS
  if (table_has_block_instructions() && from < to && are_deep(column, from)) {
    short_doubles(column, from, to, values, validity);
    return;
  }
#endif
  plain_doubles(column, from, to, values, validity);
}

static inline bool is_missing_text(const struct column_cells *column, uint64_t cell,
                                   const char *text, size_t length) {
  if ((cell & TABLE_CELL_QUOTED) && !column->markers->quoted)
    return false;
  return is_marker(column->markers, text, length);
}

/* Whether a text that is not missing may be one; if not, notes the fault. */
static bool is_text(struct column_cells *column, const char *text, size_t length, size_t row) {
  if (!column->is_utf8 && !text_is_utf8(text, length))
    return fail(column, COLUMN_NOT_UTF8, row);
  if (column->has_nul && memchr(text, 0, length) != NULL)
    return fail(column, COLUMN_NUL, row);
  return true;
}

/* Copies a text and writes a NUL after it. 32 bytes can be written. Short texts are copied 16 or 32
 * bytes at a time if these can be read, which needs no call. With plain memcpy the compiler joins
 * the three copies into one call. */
static inline void copy_text(char *to, const char *text, size_t length, size_t readable) {
  if (length <= 16 && readable >= 16)
    __builtin_memcpy_inline(to, text, 16);
  else if (length <= 32 && readable >= 32)
    __builtin_memcpy_inline(to, text, 32);
  else
    memcpy(to, text, length);
  to[length] = 0;
}

size_t column_cells_to_texts(struct column_cells *column, size_t from, size_t to, char *block,
                             size_t used, int64_t *offsets, uint8_t *validity) {
  /* Read once, because the compiler cannot know that the texts do not overlap them. */
  const struct table_cells *table = column->table;
  const uint64_t *cells = table->cells + column->column;
  const size_t columns = table->columns, first_row = column->first_row;
  const char *bytes = column->bytes, *end = bytes + column->byte_count;
  const char *unescaped = table->unescaped, *unescaped_end = unescaped + table->unescaped_capacity;
  const bool needs_check = !column->is_utf8 || column->has_nul;
  for (size_t row = from; row < to; row++) {
    uint64_t cell = cells[row * columns];
    bool is_copy = (cell & TABLE_CELL_UNESCAPED) != 0;
    size_t length = cell >> TABLE_CELL_OFFSET_BITS & (TABLE_CELL_LENGTH_LIMIT - 1);
    const char *text = (is_copy ? unescaped : bytes) + (cell & (TABLE_CELL_OFFSET_LIMIT - 1));
    offsets[first_row + row] = (int64_t)used;
    if (is_missing_text(column, cell, text, length)) {
      clear_validity(column, validity, row);
      length = 0;
    } else if (needs_check && !is_text(column, text, length, row)) {
      return used;
    }
    copy_text(block + used, text, length, (size_t)((is_copy ? unescaped_end : end) - text));
    used += length + 1;
  }
  return used;
}
