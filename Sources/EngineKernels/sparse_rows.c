#include "sparse_rows.h"
#include "transpose_square.h"
#include "vector_code.h"

#include <string.h>

enum { LANES = 16 };
typedef float vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
typedef bool marks __attribute__((ext_vector_type(LANES)));

VECTOR_CODE
bool rows_are_sparse(const float *x, size_t rows, size_t inputs) {
  size_t count = rows * inputs, limit = count / 4, found = 0, block = 4096;
  for (size_t start = 0; start < count && found <= limit; start += block) {
    size_t end = count - start < block ? count : start + block;
    uint32_t here = 0;
    for (size_t i = start; i < end; i++)
      here += x[i] != 0.0f;
    found += here;
  }
  return found <= limit;
}

/* The indices of the numbers that differ from 0; returns their number. */
static inline __attribute__((always_inline)) size_t find(const float *x, size_t inputs,
                                                         uint32_t *places) {
  size_t count = 0, i = 0;
  for (; i + LANES <= inputs; i += LANES) {
    marks differs = __builtin_convertvector(*(const vector *)(x + i) != (vector){0}, marks);
    uint16_t bits;
    memcpy(&bits, &differs, sizeof bits);
    for (uint32_t rest = bits; rest; rest &= rest - 1)
      places[count++] = (uint32_t)i + (uint32_t)__builtin_ctz(rest);
  }
  for (; i < inputs; i++)
    if (x[i] != 0.0f)
      places[count++] = (uint32_t)i;
  return count;
}

/* `vectors` vectors of outputs of one row, in registers; a constant wherever this is inlined. */
static inline __attribute__((always_inline)) void block(const float *x, const uint32_t *places,
                                                        size_t count, const float *weight,
                                                        size_t outputs, const float *bias,
                                                        bool relu, size_t vectors, float *y) {
#pragma clang fp contract(fast)
  vector sums[4];
  for (size_t v = 0; v < vectors; v++)
    sums[v] = bias ? *(const vector *)(bias + v * LANES) : (vector){0};
  for (size_t n = 0; n < count; n++) {
    const float *line = weight + places[n] * outputs;
    for (size_t v = 0; v < vectors; v++)
      sums[v] += x[places[n]] * *(const vector *)(line + v * LANES);
  }
  for (size_t v = 0; v < vectors; v++)
    *(vector *)(y + v * LANES) = relu ? __builtin_elementwise_max(sums[v], (vector){0}) : sums[v];
}

VECTOR_CODE
void sparse_rows_forward(const float *x, size_t rows, size_t inputs, const float *weight,
                         size_t outputs, const float *bias, bool relu, uint32_t *places, float *y) {
#pragma clang fp contract(fast)
  for (size_t row = 0; row < rows; row++, x += inputs, y += outputs) {
    size_t count = find(x, inputs, places), o = 0;
    for (; o + 4 * LANES <= outputs; o += 4 * LANES)
      block(x, places, count, weight + o, outputs, bias ? bias + o : NULL, relu, 4, y + o);
    for (; o + LANES <= outputs; o += LANES)
      block(x, places, count, weight + o, outputs, bias ? bias + o : NULL, relu, 1, y + o);
    for (; o < outputs; o++) {
      float sum = bias ? bias[o] : 0.0f;
      for (size_t n = 0; n < count; n++)
        sum += x[places[n]] * weight[places[n] * outputs + o];
      y[o] = relu && !(sum > 0.0f) ? 0.0f : sum;
    }
  }
}

/* Adds the products of one row with a part of its ∂y, which stays in registers. */
static inline __attribute__((always_inline)) void add_block(const float *x, const uint32_t *places,
                                                            size_t count, const float *y_gradient,
                                                            size_t outputs, size_t vectors,
                                                            float *gradient) {
#pragma clang fp contract(fast)
  vector own[4];
  for (size_t v = 0; v < vectors; v++)
    own[v] = *(const vector *)(y_gradient + v * LANES);
  for (size_t n = 0; n < count; n++) {
    float *line = gradient + places[n] * outputs;
    for (size_t v = 0; v < vectors; v++)
      *(vector *)(line + v * LANES) += x[places[n]] * own[v];
  }
}

VECTOR_CODE
void sparse_rows_gradient(const float *x, size_t rows, size_t inputs, const float *y_gradient,
                          size_t outputs, uint32_t *places, float *gradient) {
#pragma clang fp contract(fast)
  for (size_t row = 0; row < rows; row++, x += inputs, y_gradient += outputs) {
    size_t count = find(x, inputs, places), o = 0;
    for (; o + 4 * LANES <= outputs; o += 4 * LANES)
      add_block(x, places, count, y_gradient + o, outputs, 4, gradient + o);
    for (; o + LANES <= outputs; o += LANES)
      add_block(x, places, count, y_gradient + o, outputs, 1, gradient + o);
    for (; o < outputs; o++)
      for (size_t n = 0; n < count; n++)
        gradient[places[n] * outputs + o] += x[places[n]] * y_gradient[o];
  }
}

VECTOR_CODE
void transpose_lines(const float *from, size_t lines, size_t columns, float *to, bool accumulate) {
  size_t whole_lines = lines / LANES * LANES, whole_columns = columns / LANES * LANES;
  for (size_t i = 0; i < whole_lines; i += LANES)
    for (size_t j = 0; j < whole_columns; j += LANES) {
      vector square[LANES];
      for (size_t k = 0; k < LANES; k++)
        square[k] = *(const vector *)(from + (i + k) * columns + j);
      TRANSPOSE_SQUARE(vector, square)
      for (size_t k = 0; k < LANES; k++) {
        vector *target = (vector *)(to + (j + k) * lines + i);
        *target = accumulate ? *target + square[k] : square[k];
      }
    }
  for (size_t i = 0; i < lines; i++)
    for (size_t j = i < whole_lines ? whole_columns : 0; j < columns; j++)
      to[j * lines + i] = from[i * columns + j] + (accumulate ? to[j * lines + i] : 0.0f);
}
