#include "column_cells.h"

#include <math.h>
#include <string.h>

#include "number_text.h"
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

static void fail(struct column_cells *column, enum column_fault fault, size_t row) {
  column->fault = fault;
  column->fault_row = row;
}

void column_cells_to_integers(struct column_cells *column, size_t from, size_t to, int64_t *values,
                              uint8_t *validity) {
  for (size_t row = from; row < to; row++) {
    size_t length;
    uint64_t cell = cell_at(column, row);
    const char *text = table_cell_text(column->bytes, column->table, cell, &length);
    int64_t *value = &values[column->first_row + row];
    if (integer_from_text(text, length, readable_at(column, cell, text, length), value)) {
      if (!column->keeps_codes || !has_leading_zero(text, length))
        continue;
      fail(column, COLUMN_CODE, row);
      return;
    }
    if (!is_missing_number(column, text, length, row)) {
      fail(column, COLUMN_NOT_A_NUMBER, row);
      return;
    }
    *value = 0;
    clear_validity(column, validity, row);
  }
}

void column_cells_to_doubles(struct column_cells *column, size_t from, size_t to, double *values,
                             uint8_t *validity) {
  for (size_t row = from; row < to; row++) {
    size_t length;
    uint64_t cell = cell_at(column, row);
    const char *text = table_cell_text(column->bytes, column->table, cell, &length);
    double *value = &values[column->first_row + row];
    bool number = double_from_text(text, length, readable_at(column, cell, text, length), value);
    if (number && !isnan(*value)) {
      if (!column->keeps_codes)
        continue;
      bool is_code = is_rounded_integer(text, length, *value);
      if (!is_code && has_leading_zero(text, length)) {
        int64_t integer;
        is_code = integer_from_text(text, length, length, &integer);
      }
      if (!is_code)
        continue;
      fail(column, COLUMN_CODE, row);
      return;
    }
    if (!number && !is_missing_number(column, text, length, row)) {
      fail(column, COLUMN_NOT_A_NUMBER, row);
      return;
    }
    *value = NAN;
    clear_validity(column, validity, row);
  }
}

static inline bool is_missing_text(const struct column_cells *column, uint64_t cell,
                                   const char *text, size_t length) {
  if ((cell & TABLE_CELL_QUOTED) && !column->markers->quoted)
    return false;
  return is_marker(column->markers, text, length);
}

size_t column_cells_text_bytes(const struct column_cells *column, size_t from, size_t to) {
  size_t bytes = 0;
  for (size_t row = from; row < to; row++) {
    size_t length;
    uint64_t cell = cell_at(column, row);
    const char *text = table_cell_text(column->bytes, column->table, cell, &length);
    bytes += 1 + (is_missing_text(column, cell, text, length) ? 0 : length);
  }
  return bytes;
}

int64_t column_cells_to_text(struct column_cells *column, size_t from, size_t to, char *block,
                             int64_t offset, int64_t *offsets, uint8_t *validity) {
  for (size_t row = from; row < to; row++) {
    size_t length;
    uint64_t cell = cell_at(column, row);
    const char *text = table_cell_text(column->bytes, column->table, cell, &length);
    offsets[column->first_row + row] = offset;
    if (is_missing_text(column, cell, text, length)) {
      clear_validity(column, validity, row);
      length = 0;
    }
    if (!column->is_plain) {
      if (!text_is_utf8(text, length)) {
        fail(column, COLUMN_NOT_UTF8, row);
        return offset;
      }
      if (memchr(text, 0, length) != NULL) {
        fail(column, COLUMN_NUL, row);
        return offset;
      }
    }
    memcpy(block + offset, text, length);
    block[offset + (int64_t)length] = 0;
    offset += (int64_t)length + 1;
  }
  return offset;
}
