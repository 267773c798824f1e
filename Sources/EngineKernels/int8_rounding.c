#include "int8_layout.h"
#include "vector_code.h"

#include <string.h>

typedef float vector __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t integers __attribute__((vector_size(LANES * 4), aligned(4)));
typedef uint8_t bytes __attribute__((vector_size(LANES), aligned(1)));
typedef int16_t shorts __attribute__((vector_size(LANES * 2), aligned(2)));

size_t int8_row_count(size_t inputs, int8_instructions instructions) {
  return ROW_HEAD + int8_groups(inputs) * int8_group_words(instructions);
}

/* The smallest and the largest number of a row and 0; false if one is not finite. */
static inline __attribute__((always_inline)) bool range_of(const float *x, size_t count, float *low,
                                                           float *high) {
#pragma clang fp contract(fast)
  vector least[4] = {{0}}, most[4] = {{0}}, zeros[4] = {{0}};
  size_t i = 0;
  for (; i + 4 * LANES <= count; i += 4 * LANES)
    for (size_t part = 0; part < 4; part++) {
      vector value = *(const vector *)(x + i + part * LANES);
      least[part] = __builtin_elementwise_min(least[part], value);
      most[part] = __builtin_elementwise_max(most[part], value);
      /* Not zero if the number is an infinity or a NaN. */
      zeros[part] += value * 0.0f;
    }
  for (size_t part = 1; part < 4; part++) {
    least[0] = __builtin_elementwise_min(least[0], least[part]);
    most[0] = __builtin_elementwise_max(most[0], most[part]);
    zeros[0] += zeros[part];
  }
  float lows[LANES], highs[LANES], sums[LANES];
  memcpy(lows, least, sizeof lows);
  memcpy(highs, most, sizeof highs);
  memcpy(sums, zeros, sizeof sums);
#pragma clang loop unroll(full)
  for (size_t step = LANES / 2; step > 0; step /= 2)
#pragma clang loop unroll(full)
    for (size_t lane = 0; lane < step; lane++) {
      lows[lane] = lows[lane + step] < lows[lane] ? lows[lane + step] : lows[lane];
      highs[lane] = highs[lane + step] > highs[lane] ? highs[lane + step] : highs[lane];
      sums[lane] += sums[lane + step];
    }
  float zero = sums[0];
  *low = lows[0];
  *high = highs[0];
  for (; i < count; i++) {
    *low = x[i] < *low ? x[i] : *low;
    *high = x[i] > *high ? x[i] : *high;
    zero += x[i] * 0.0f;
  }
  return zero == 0.0f;
}

/* Adding 1.5 * 2^23 rounds to nearest, ties to even; the lower bits are then the whole number. */
#define SHIFT 12582912.0f
#define SHIFT_BITS 0x4b400000
static inline __attribute__((always_inline)) int32_t whole_number(float value) {
#pragma clang fp contract(off)
  return (int32_t)((value + SHIFT) - SHIFT);
}

/* How the numbers of a row are rounded: to q, or to a for pairs. */
typedef struct {
  float inverse;   /* 1 / scale */
  int32_t offset;  /* the zero minus the bits of SHIFT */
  int32_t largest; /* 254 or 127; a sum of two roundings may be one more */
  bool is_pairs;
} rounding;

/* Sixteen numbers as four groups of inputs. For pairs, adds a0 and a2 to lanes of `evens`. */
static inline __attribute__((always_inline)) void round_groups(const vector *value, rounding by,
                                                               float *groups, integers *evens) {
#pragma clang fp contract(off)
  integers whole = (integers)(*value * by.inverse + SHIFT) + by.offset;
  whole = __builtin_elementwise_min(whole, (integers){0} + by.largest);
  if (!by.is_pairs) {
    bytes narrow = __builtin_convertvector(whole, bytes);
    memcpy(groups, &narrow, sizeof narrow);
    return;
  }
  *evens += whole & (integers){-1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0};
  shorts narrow = __builtin_convertvector(whole, shorts);
  shorts even =
      __builtin_shufflevector(narrow, narrow, 0, 2, 0, 2, 4, 6, 4, 6, 8, 10, 8, 10, 12, 14, 12, 14);
  shorts odd =
      __builtin_shufflevector(narrow, narrow, 0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15);
  shorts times = {0, 0, -256, -256, 0, 0, -256, -256, 0, 0, -256, -256, 0, 0, -256, -256};
  shorts pairs = odd + even * times;
  memcpy(groups, &pairs, sizeof pairs);
}

VECTOR_CODE
void int8_round_rows(const float *x, size_t rows, size_t inputs, float *rounded,
                     int8_instructions instructions) {
#pragma clang fp contract(off)
  size_t words = int8_group_words(instructions);
  for (size_t row = 0; row < rows; row++, x += inputs) {
    float low, high;
    bool is_finite = range_of(x, inputs, &low, &high);
    float scale = high / 254.0f - low / 254.0f;
    bool is_pairs = instructions == INT8_PAIRS;
    /* The inverse of a smaller scale would overflow. */
    float inverse = scale >= 0x1p-100f ? 1.0f / scale : 0.0f;
    int32_t zero = whole_number(-low * inverse) - (is_pairs ? 127 : 0);
    rounding by = {.inverse = inverse,
                   .offset = zero - SHIFT_BITS,
                   .largest = is_pairs ? 127 : 254,
                   .is_pairs = is_pairs};
    integers evens = {0};
    uint32_t even = 0;
    float *groups = rounded + ROW_HEAD;
    size_t i = 0;
    for (; i + LANES <= inputs; i += LANES, groups += LANES / 4 * words) {
      vector value = *(const vector *)(x + i);
      round_groups(&value, by, groups, &evens);
    }
    if (i < inputs) {
      vector value = {0};
      memcpy(&value, x + i, (inputs - i) * sizeof *x);
      float last[LANES / 2];
      integers its_evens = {0};
      round_groups(&value, by, last, &its_evens);
      /* The padding of the last group is multiplied by weights of 0. */
      size_t count = int8_groups(inputs - i);
      memcpy(groups, last, count * words * sizeof *last);
      groups += count * words;
      for (size_t lane = 0; lane < 4 * count; lane++)
        even += (uint32_t)its_evens[lane];
    }
    for (size_t lane = 0; lane < LANES; lane++)
      even += (uint32_t)evens[lane];
    int8_row_head head = {
        .scale = inverse > 0.0f ? scale : 0.0f, .zero = zero, .excess = (int32_t)(128 * even)};
    if (!is_finite)
      head.scale = __builtin_nanf("");
    memcpy(rounded, &head, sizeof head);
    rounded = groups;
  }
}
