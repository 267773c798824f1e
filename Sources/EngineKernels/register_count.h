#ifndef ENGINE_KERNELS_REGISTER_COUNT_H
#define ENGINE_KERNELS_REGISTER_COUNT_H

#include <stdbool.h>

/* Whether registers hold 16 numbers, and there are 32 of them. */
static inline bool has_512_bit_registers(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

#endif
