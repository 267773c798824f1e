#include "weight_elements.h"
#include "vector_code.h"
#include "widened.h"

VECTOR_CODE
void widen_bfloat16(const uint16_t *from, size_t count, float *to) {
  for (size_t i = 0; i < count; i++)
    to[i] = float_of_bfloat16(from[i]);
}

VECTOR_CODE
void widen_float16(const uint16_t *from, size_t count, float *to) {
  for (size_t i = 0; i < count; i++)
    to[i] = float_of_float16(from[i]);
}

VECTOR_CODE
void widen_int8(const int8_t *from, const float *scales, bool by_row, size_t rows, size_t columns,
                float *to) {
  for (size_t row = 0; row < rows; row++, from += columns, to += columns)
    if (by_row)
      for (size_t j = 0; j < columns; j++)
        to[j] = (float)from[j] * scales[row];
    else
      for (size_t j = 0; j < columns; j++)
        to[j] = (float)from[j] * scales[j];
}

/* To nearest, ties to even, for magnitudes below 2^22: adding 1.5 * 2^23 rounds to whole numbers.
 */
static inline __attribute__((always_inline)) int8_t nearest(float value) {
  float shifted = value + 12582912.0f;
  return (int8_t)(shifted - 12582912.0f);
}

VECTOR_CODE
void narrow_int8(const float *from, bool by_row, size_t rows, size_t columns, int8_t *to,
                 float *scales) {
#pragma clang fp contract(off)
  for (size_t channel = 0; channel < (by_row ? rows : columns); channel++)
    scales[channel] = 0.0f;
  for (size_t row = 0; row < rows; row++)
    for (size_t j = 0; j < columns; j++) {
      float *scale = scales + (by_row ? row : j);
      float magnitude = __builtin_fabsf(from[row * columns + j]) / 127.0f;
      *scale = magnitude > *scale ? magnitude : *scale;
    }
  for (size_t row = 0; row < rows; row++)
    for (size_t j = 0; j < columns; j++) {
      float scale = scales[by_row ? row : j];
      to[row * columns + j] = scale > 0.0f ? nearest(from[row * columns + j] / scale) : 0;
    }
}
