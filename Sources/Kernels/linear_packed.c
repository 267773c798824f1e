#include "linear_packed.h"
#include "small_products.h"
#include "vector_code.h"

#include <string.h>

enum { LANES = 16, PANEL = LINEAR_PACKED_PART };
_Static_assert((int)PANEL == (int)SMALL_PRODUCT_PANEL,
               "weights are turned as attention's keys are");

/* Weights of so many numbers are in no near cache when they are needed. */
enum { FAR = 1 << 16 };

/* So few outputs fill no panel: they are dot products with the weights as (out, in). */
enum { FEW_OUTPUTS = 4 };

/* Sixteen floats: one register with AVX-512, two with AVX2, four with SSE. */
typedef float vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

size_t linear_packed_count(size_t inputs, size_t outputs) {
  if (outputs <= FEW_OUTPUTS)
    return outputs * inputs;
  return (outputs + PANEL - 1) / PANEL * PANEL * inputs;
}

size_t linear_packed_parts(size_t outputs) {
  return outputs <= FEW_OUTPUTS ? 1 : (outputs + PANEL - 1) / PANEL;
}

void linear_pack(const float *weight, bool input_major, size_t inputs, size_t outputs,
                 float *packed) {
  if (outputs <= FEW_OUTPUTS) {
    for (size_t j = 0; j < outputs; j++)
      for (size_t i = 0; i < inputs; i++)
        *packed++ = input_major ? weight[i * outputs + j] : weight[j * inputs + i];
    return;
  }
  if (!input_major) {
    small_product_panels(NULL, 0, weight, outputs, inputs, inputs, packed);
    return;
  }
  for (size_t first = 0; first < outputs; first += PANEL) {
    size_t width = outputs - first < PANEL ? outputs - first : PANEL;
    for (size_t i = 0; i < inputs; i++, packed += PANEL) {
      memcpy(packed, weight + i * outputs + first, width * sizeof *packed);
      memset(packed + width, 0, (PANEL - width) * sizeof *packed);
    }
  }
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

/* What is needed after a panel comes from far, and is fetched while it is read: a line of the cache
 * every 2^pause steps. */
typedef struct {
  const float *from;
  unsigned pause;
} fetching;

/* `count` rows times one panel; count is a constant wherever this is inlined. */
static inline __attribute__((always_inline)) void block(const float *x, size_t count, size_t inputs,
                                                        const float *panel, const float *bias,
                                                        bool relu, size_t width, float *y,
                                                        size_t outputs, const fetching *ahead) {
  vector sums[8][2];
  for (size_t r = 0; r < count; r++)
    sums[r][0] = sums[r][1] = (vector){0};
  for (size_t i = 0; i < inputs; i++, panel += PANEL) {
    vector a = *(const vector *)panel, b = *(const vector *)(panel + LANES);
    if (ahead) {
      __builtin_prefetch(ahead->from + (i >> ahead->pause) * LANES, 0, 2);
      __builtin_prefetch(x + count * inputs + i / 2 * LANES);
    }
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
                           size_t outputs, size_t first_part, size_t end_part, const float *bias,
                           bool relu, float *y) {
#pragma clang fp contract(fast)
  if (first_part >= end_part)
    return;
  if (outputs <= FEW_OUTPUTS) {
    for (size_t row = 0; row < rows; row++)
      for (size_t j = 0; j < outputs; j++) {
        float value = dot(x + row * inputs, packed + j * inputs, inputs) + (bias ? bias[j] : 0.0f);
        y[row * outputs + j] = relu && !(value > 0.0f) ? 0.0f : value;
      }
    return;
  }
  size_t parts = linear_packed_parts(outputs);
  bool are_far = inputs * outputs >= FAR;
  packed += first_part * PANEL * inputs;
  /* So that all blocks of eight rows together fetch the panel's 2 · inputs lines. */
  unsigned pause = 0;
  while (rows >> (pause + 5))
    pause++;
  for (size_t part = first_part; part < end_part; part++, packed += PANEL * inputs) {
    size_t first = part * PANEL, row = 0;
    size_t width = outputs - first < PANEL ? outputs - first : PANEL;
    const float *b = bias ? bias + first : 0;
    fetching ahead = {packed + (part + 1 < parts ? PANEL * inputs : 0), pause};
    for (; are_far && row + 8 <= rows; row += 8) {
      block(x + row * inputs, 8, inputs, packed, b, relu, width, y + row * outputs + first, outputs,
            &ahead);
      ahead.from += (inputs >> pause) * LANES;
    }
    for (; row + 8 <= rows; row += 8)
      block(x + row * inputs, 8, inputs, packed, b, relu, width, y + row * outputs + first, outputs,
            0);
    for (; row + 4 <= rows; row += 4)
      block(x + row * inputs, 4, inputs, packed, b, relu, width, y + row * outputs + first, outputs,
            0);
    for (; row + 2 <= rows; row += 2)
      block(x + row * inputs, 2, inputs, packed, b, relu, width, y + row * outputs + first, outputs,
            0);
    for (; row < rows; row++)
      block(x + row * inputs, 1, inputs, packed, b, relu, width, y + row * outputs + first, outputs,
            0);
  }
}
