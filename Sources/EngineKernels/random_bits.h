#ifndef ENGINE_KERNELS_RANDOM_BITS_H
#define ENGINE_KERNELS_RANDOM_BITS_H

#include <stdint.h>

/* Random bits that depend only on seed and position: a counter mixed with a key, in 32-bit
 * arithmetic, which vector code supports for every element. */

/* The key of a seed: its 64 bits mixed (splitmix64's finalizer; Steele, Lea and Flood 2014). */
static inline uint32_t seed_key(uint64_t seed) {
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9ull;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebull;
  return (uint32_t)(seed ^ (seed >> 31));
}

/* 32 random bits for a position: two rounds of multiply and xor-shift with the constants of
 * least bias found by C. Wellons (hash prospector, 2018), and the key between them. */
static inline __attribute__((always_inline)) uint32_t position_bits(uint32_t position,
                                                                    uint32_t key) {
  uint32_t x = position ^ key;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) + key;
  x *= 0x846ca68bu;
  return x ^ (x >> 16);
}

/* For a rate in [0, 1): values whose bits are below this are dropped. */
static inline uint32_t dropped_below(float rate) { return (uint32_t)((double)rate * 4294967296.0); }

#endif
