#include "linear_packed.h"
#include "vector_code.h"

#include <string.h>

enum { LANES = 16, PANEL = 2 * LANES };

/* So few outputs fill no panel: they are dot products with the weights as (out, in). */
enum { FEW_OUTPUTS = 4 };

/* Sixteen floats: one register with AVX-512, two with AVX2, four with SSE. */
typedef float vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

size_t linear_packed_count(size_t inputs, size_t outputs) {
  if (outputs <= FEW_OUTPUTS)
    return outputs * inputs;
  return (outputs + PANEL - 1) / PANEL * PANEL * inputs;
}

void linear_pack(const float *weight, bool input_major, size_t inputs, size_t outputs,
                 float *packed) {
  if (outputs <= FEW_OUTPUTS) {
    for (size_t j = 0; j < outputs; j++)
      for (size_t i = 0; i < inputs; i++)
        *packed++ = input_major ? weight[i * outputs + j] : weight[j * inputs + i];
    return;
  }
  for (size_t first = 0; first < outputs; first += PANEL)
    for (size_t i = 0; i < inputs; i++)
      for (size_t j = first; j < first + PANEL; j++)
        *packed++ = j >= outputs  ? 0.0f
                    : input_major ? weight[i * outputs + j]
                                  : weight[j * inputs + i];
}

/* One row's part of a panel goes out: bias, rectifier, and only the outputs that exist. */
static inline __attribute__((always_inline)) void store(const vector *sums, const float *bias,
                                                        bool relu, size_t width, float *y) {
  vector low = sums[0], high = sums[1];
  if (width == PANEL) {
    if (bias) {
      low += *(const vector *)bias;
      high += *(const vector *)(bias + LANES);
    }
    if (relu) {
      low = __builtin_elementwise_max(low, (vector){0});
      high = __builtin_elementwise_max(high, (vector){0});
    }
    *(vector *)y = low;
    *(vector *)(y + LANES) = high;
    return;
  }
  float values[PANEL];
  memcpy(values, &low, sizeof low);
  memcpy(values + LANES, &high, sizeof high);
  for (size_t j = 0; j < width; j++) {
    float value = values[j] + (bias ? bias[j] : 0.0f);
    y[j] = relu && !(value > 0.0f) ? 0.0f : value;
  }
}

/* `count` rows times one panel; count is a constant wherever this is inlined. */
static inline __attribute__((always_inline)) void block(const float *x, size_t count, size_t inputs,
                                                        const float *panel, const float *bias,
                                                        bool relu, size_t width, float *y,
                                                        size_t outputs) {
  vector sums[8][2];
  for (size_t r = 0; r < count; r++)
    sums[r][0] = sums[r][1] = (vector){0};
  for (size_t i = 0; i < inputs; i++, panel += PANEL) {
    vector a = *(const vector *)panel, b = *(const vector *)(panel + LANES);
    for (size_t r = 0; r < count; r++) {
      sums[r][0] += a * x[r * inputs + i];
      sums[r][1] += b * x[r * inputs + i];
    }
  }
  for (size_t r = 0; r < count; r++)
    store(sums[r], bias, relu, width, y + r * outputs);
}

static inline __attribute__((always_inline)) float dot(const float *x, const float *w, size_t n) {
  SUMS_IN_ANY_ORDER
  float sum = 0.0f;
  for (size_t i = 0; i < n; i++)
    sum += x[i] * w[i];
  return sum;
}

VECTOR_CODE
void linear_packed_forward(const float *x, size_t rows, size_t inputs, const float *packed,
                           size_t outputs, const float *bias, bool relu, float *y) {
#pragma clang fp contract(fast)
  if (outputs <= FEW_OUTPUTS) {
    for (size_t row = 0; row < rows; row++)
      for (size_t j = 0; j < outputs; j++) {
        float value = dot(x + row * inputs, packed + j * inputs, inputs) + (bias ? bias[j] : 0.0f);
        y[row * outputs + j] = relu && !(value > 0.0f) ? 0.0f : value;
      }
    return;
  }
  for (size_t first = 0; first < outputs; first += PANEL, packed += PANEL * inputs) {
    size_t width = outputs - first < PANEL ? outputs - first : PANEL;
    const float *b = bias ? bias + first : 0;
    size_t row = 0;
    for (; row + 8 <= rows; row += 8)
      block(x + row * inputs, 8, inputs, packed, b, relu, width, y + row * outputs + first,
            outputs);
    for (; row + 4 <= rows; row += 4)
      block(x + row * inputs, 4, inputs, packed, b, relu, width, y + row * outputs + first,
            outputs);
    for (; row < rows; row++)
      block(x + row * inputs, 1, inputs, packed, b, relu, width, y + row * outputs + first,
            outputs);
  }
}
