#ifndef KERNELS_INTEGER_BLOCKS_H
#define KERNELS_INTEGER_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* to[i] = table[codes[i]] for rows from ..< to; every code is a place in the table. */
void codes_through_table(const int32_t *codes, const uint8_t *table, uint8_t *to, size_t first,
                         size_t end);

/* Writes integers in the least space that holds all of them: the smallest (8 bytes), the bits w of
 * the differences to it (1 byte: 1, 4, 8, 16, 32 or 64), and each difference in w bits, little-endian.
 * `packed` has room for 9 + 8 · count bytes; returns how many were written. */
size_t integer_block_pack(const int64_t *values, size_t count, uint8_t *packed);

#endif
