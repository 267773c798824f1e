#ifndef PLATFORM_KERNELS_VECTOR_MATH_H
#define PLATFORM_KERNELS_VECTOR_MATH_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Branch-free float functions that the compiler can vectorize. The error of each is within about
 * two units in the last place of the C library's function on the relevant range. */

static inline __attribute__((always_inline)) float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static inline __attribute__((always_inline)) uint32_t bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

/* The maximum of one or more values. Sixteen at a time, one per lane: otherwise the order of
 * comparisons with NaN would prevent vectorization. */
static inline __attribute__((always_inline)) float largest_of(const float *values, size_t count) {
  typedef float lanes __attribute__((vector_size(64), aligned(4)));
  float largest = values[0];
  size_t i = 0;
  if (count >= 16) {
    lanes most = *(const lanes *)values;
    for (i = 16; i + 16 <= count; i += 16)
      most = __builtin_elementwise_max(most, *(const lanes *)(values + i));
    for (size_t lane = 0; lane < 16; lane++)
      largest = most[lane] > largest ? most[lane] : largest;
  }
  for (; i < count; i++)
    largest = values[i] > largest ? values[i] : largest;
  return largest;
}

/* e^x. x = n ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor series to r^7, whose remainder is
 * below 1e-8; 2^n by the exponent bits. Saturates at ±87.3; NaN stays NaN. */
static inline __attribute__((always_inline)) float vector_exp(float x) {
  float bounded = x < -87.3f ? -87.3f : x;
  bounded = bounded > 88.3f ? 88.3f : bounded;
  float shifted = bounded * 1.44269504f + 12582912.0f; /* 1.5·2²³: rounds to nearest */
  float n = shifted - 12582912.0f;
  float r = bounded - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.98412698e-4f;
  p = p * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  uint32_t exponent = (bits_of_float(shifted) - 0x4b400000u + 127u) << 23;
  return x != x ? x : p * float_of_bits(exponent);
}

/* ln(1 + x) for 0 ≤ x ≤ 1, by atanh: ln(1 + x) = 2 atanh(x / (2 + x)), with the series in z² ≤
 * 1/9 truncated after z^15 (remainder below 2e-9). */
static inline __attribute__((always_inline)) float vector_log1p_unit(float x) {
  float z = x / (2.0f + x);
  float s = z * z;
  float p = 1.0f / 15;
  p = p * s + 1.0f / 13;
  p = p * s + 1.0f / 11;
  p = p * s + 1.0f / 9;
  p = p * s + 1.0f / 7;
  p = p * s + 1.0f / 5;
  p = p * s + 1.0f / 3;
  p = p * s + 1.0f;
  return 2.0f * z * p;
}

static inline __attribute__((always_inline)) float vector_sigmoid(float x) {
  return 1.0f / (1.0f + vector_exp(-x));
}

/* ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|): no overflow, no cancellation. */
static inline __attribute__((always_inline)) float vector_softplus(float x) {
  float positive = x > 0.0f ? x : 0.0f;
  return positive + vector_log1p_unit(vector_exp(-__builtin_fabsf(x)));
}

/* tanh x: by e^(2|x|), and for small |x|, where the quotient would cancel, by the odd series. */
static inline __attribute__((always_inline)) float vector_tanh(float x) {
  float magnitude = __builtin_fabsf(x);
  float e = vector_exp(-2.0f * magnitude);
  float large = (1.0f - e) / (1.0f + e);
  float s = x * x;
  float p = 2.18694885e-2f; /* the series' coefficients: -1/3, 2/15, -17/315, 62/2835 */
  p = p * s - 5.39682540e-2f;
  p = p * s + 1.33333333e-1f;
  p = p * s - 3.33333333e-1f;
  float small = magnitude + magnitude * s * p;
  float result = magnitude < 0.3f ? small : large;
  return x < 0.0f ? -result : (x != x ? x : result);
}

/* erf x by Abramowitz and Stegun 7.1.26, with an error of at most 1.5e-7; `squared` is e^(−x²). */
static inline __attribute__((always_inline)) float vector_erf(float x, float squared) {
  float t = 1.0f / (1.0f + 0.3275911f * __builtin_fabsf(x));
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  float magnitude = 1.0f - p * t * squared;
  return __builtin_copysignf(magnitude, x);
}

#endif
