#ifndef TABLE_KERNELS_BLOCK_INSTRUCTIONS_H
#define TABLE_KERNELS_BLOCK_INSTRUCTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Instructions of x86-64-v3, and products without carries (processors from 2013 on) for reading
 * tables. Each function that uses them has a portable equivalent with the same results. */

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_BLOCK_INSTRUCTIONS 1
#define WITH_BLOCKS __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))

static inline bool table_has_block_instructions(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt") &&
         __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
}

/* Bit i: whether bytes[i] is `byte`. Reads 64 bytes. */
static inline WITH_BLOCKS uint64_t block_places(const char *bytes, char byte) {
  const __m256i wanted = _mm256_set1_epi8(byte);
  __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
  __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
  return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)) |
         (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)) << 32;
}

/* Bit i: whether bytes[i] is not ASCII. Reads 64 bytes. */
static inline WITH_BLOCKS uint64_t block_high(const char *bytes) {
  __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
  __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
  return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

/* Bit i: the sum of the bits 0 ... i, modulo 2: a product without carries by ones. */
static inline WITH_BLOCKS uint64_t block_parity(uint64_t bits) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)bits), _mm_set1_epi8(-1), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
}
#else
#define HAS_BLOCK_INSTRUCTIONS 0
#endif

#endif
