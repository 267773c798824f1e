#ifndef ENGINE_KERNELS_WIDENED_H
#define ENGINE_KERNELS_WIDENED_H

#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) float float_of_bfloat16(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

/* Without branches: exponent and fraction at the places that float32 has for them are the number
 * divided by 2^112, subnormal ones included. */
static inline __attribute__((always_inline)) float float_of_float16(uint16_t half) {
  uint32_t magnitude = (uint32_t)(half & 0x7fffu) << 13, sign = (uint32_t)(half & 0x8000u) << 16;
  float value;
  memcpy(&value, &magnitude, 4);
  value *= 0x1p112f;
  uint32_t bits;
  memcpy(&bits, &value, 4);
  /* An exponent of all ones stays one: infinities and NaN. */
  bits = magnitude >= 0x0f800000u ? magnitude | 0x7f800000u : bits;
  bits |= sign;
  memcpy(&value, &bits, 4);
  return value;
}

#endif
