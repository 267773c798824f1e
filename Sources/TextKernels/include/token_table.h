#ifndef TEXT_KERNELS_TOKEN_TABLE_H
#define TEXT_KERNELS_TOKEN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t bytes_mix(uint64_t hash, uint64_t word) {
  __uint128_t product = (__uint128_t)(hash ^ word) * 0x9e3779b97f4a7c15ull;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A hash of bytes, equal in every process; only for hash tables. */
static inline uint64_t bytes_hash(const uint8_t *bytes, size_t length) {
  uint64_t hash = 0x2545f4914f6cdd1dull + length, word = 0;
  size_t rest = length;
  for (; rest > 8; rest -= 8, bytes += 8) {
    memcpy(&word, bytes, 8);
    hash = bytes_mix(hash, word);
  }
  word = 0;
  if (length > 8) { /* the last eight bytes, which may overlap */
    memcpy(&word, bytes + rest - 8, 8);
  } else if (rest >= 4) {
    uint32_t first, last;
    memcpy(&first, bytes, 4);
    memcpy(&last, bytes + rest - 4, 4);
    word = (uint64_t)last << 32 | first;
  } else if (rest > 0) {
    word = bytes[0] | (uint64_t)bytes[rest / 2] << 8 | (uint64_t)bytes[rest - 1] << 16;
  }
  return bytes_mix(bytes_mix(hash, word), 0xd6e8feb86659fd93ull);
}

/* Tokens by number and numbers by token. Token i is block[offsets[i] ..< offsets[i + 1]]. A slot
 * has the upper half of the token's hash and its number + 1; 0 is a free slot. The number of
 * slots, `mask` + 1, is a power of two and larger than the number of tokens. */
typedef struct {
  const uint8_t *block;
  const uint32_t *offsets;
  uint64_t *slots;
  uint64_t mask;
} token_table;

/* The number of a token, or -1. */
int32_t token_table_find(const token_table *table, const uint8_t *bytes, size_t length);
/* Inserts token `id`; returns the number of an equal token that is already there, otherwise -1. */
int32_t token_table_insert(token_table *table, int32_t id);

#endif
