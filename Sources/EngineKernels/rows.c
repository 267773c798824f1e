#include "rows.h"
#include "embedding_row.h"
#include "random_bits.h"
#include "vector_code.h"
#include "weight_elements.h"

#include <string.h>

VECTOR_CODE
void gather_rows(const float *from, const int64_t *indices, float *to, size_t count, size_t width) {
  for (size_t i = 0; i < count; i++, to += width) {
    if (i + 4 < count)
      for (size_t line = 0; line < width; line += 16)
        __builtin_prefetch(from + (size_t)indices[i + 4] * width + line);
    memcpy(to, from + (size_t)indices[i] * width, width * sizeof *to);
  }
}

/* Runs `COPY(y, row of the table)` for each index. */
#define EACH_EMBEDDING(COPY)                                                                       \
  for (size_t row = 0; row < rows; row++, y += width) {                                            \
    size_t found = embedding_row(indices[row], vocabulary);                                        \
    if (found >= vocabulary)                                                                       \
      return row;                                                                                  \
    COPY;                                                                                          \
  }                                                                                                \
  return rows

size_t embedding_forward(const float *indices, const float *table, float *y, size_t rows,
                         size_t vocabulary, size_t width) {
  EACH_EMBEDDING(memcpy(y, table + found * width, width * sizeof *y));
}

size_t embedding_bfloat16_forward(const float *indices, const uint16_t *table, float *y,
                                  size_t rows, size_t vocabulary, size_t width) {
  EACH_EMBEDDING(widen_bfloat16(table + found * width, width, y));
}

size_t embedding_float16_forward(const float *indices, const uint16_t *table, float *y, size_t rows,
                                 size_t vocabulary, size_t width) {
  EACH_EMBEDDING(widen_float16(table + found * width, width, y));
}

VECTOR_CODE
void embedding_backward(const float *indices, const float *dy, float *dtable, size_t rows,
                        size_t vocabulary, size_t width) {
  for (size_t row = 0; row < rows; row++, dy += width) {
    size_t found = embedding_row(indices[row], vocabulary);
    if (found >= vocabulary)
      continue;
    float *line = dtable + found * width;
    for (size_t j = 0; j < width; j++)
      line[j] += dy[j];
  }
}

VECTOR_CODE
void copy_lines(const float *from, size_t from_stride, float *to, size_t to_stride, size_t rows,
                size_t width, bool accumulate) {
  for (size_t row = 0; row < rows; row++, from += from_stride, to += to_stride)
    if (accumulate)
      for (size_t j = 0; j < width; j++)
        to[j] += from[j];
    else
      memcpy(to, from, width * sizeof *to);
}

VECTOR_CODE
bool numbers_are_finite(const float *values, size_t count) {
  uint32_t any = 0; /* an exponent of all ones is an infinity or a NaN */
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, values + i, 4);
    any |= (bits & 0x7f800000u) == 0x7f800000u;
  }
  return !any;
}

/* Positions are counted through the whole batch; every block of 2³² positions has a separate
 * key. */
static uint32_t block_key(uint64_t seed, uint64_t position) {
  return seed_key(seed + (position >> 32));
}

static inline __attribute__((always_inline)) float keep_scale(uint32_t position, uint32_t key,
                                                              uint32_t below, float scale) {
  return position_bits(position, key) < below ? 0.0f : scale;
}

/* Runs `body` for each i in 0 ..< count, with its `position` and `key`. */
#define EACH_POSITION(body)                                                                        \
  for (size_t start = 0; start < count;) {                                                         \
    uint32_t key = block_key(seed, first + start), base = (uint32_t)(first + start);               \
    size_t left = count - start, room = 4294967296u - (uint64_t)base;                              \
    size_t end = start + (left < room ? left : room);                                              \
    ELEMENT_BY_ELEMENT                                                                             \
    for (size_t i = start; i < end; i++) {                                                         \
      uint32_t position = base + (uint32_t)(i - start);                                            \
      body;                                                                                        \
    }                                                                                              \
    start = end;                                                                                   \
  }

VECTOR_CODE
void dropout_forward(const float *x, float *y, size_t count, uint64_t first, uint64_t seed,
                     float rate) {
  uint32_t below = dropped_below(rate);
  float scale = 1.0f / (1.0f - rate);
  EACH_POSITION(y[i] = x[i] * keep_scale(position, key, below, scale))
}

VECTOR_CODE
void dropout_backward(const float *dy, float *dx, size_t count, uint64_t first, uint64_t seed,
                      float rate, bool accumulate) {
  uint32_t below = dropped_below(rate);
  float scale = 1.0f / (1.0f - rate);
  if (accumulate)
    EACH_POSITION(dx[i] += dy[i] * keep_scale(position, key, below, scale))
  else
    EACH_POSITION(dx[i] = dy[i] * keep_scale(position, key, below, scale))
}
