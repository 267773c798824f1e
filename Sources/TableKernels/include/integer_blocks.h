#ifndef TABLE_KERNELS_INTEGER_BLOCKS_H
#define TABLE_KERNELS_INTEGER_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* to[i] = table[codes[i]] for the rows first ..< end; every code must be an index of the table. */
void codes_through_table(const int32_t *codes, const uint8_t *table, uint8_t *to, size_t first,
                         size_t end);

/* The same for codes in bytes; the table has 256 elements. */
void bytes_through_table(const uint8_t *codes, const uint8_t *table, uint8_t *to, size_t first,
                         size_t end);

/* Packs integers into the smallest width: the minimum (8 bytes), the width w in bits of the
 * differences from it (1 byte: 1, 4, 8, 16, 32 or 64), and each difference in w bits, the lowest
 * first. `packed` has room for 9 + 8 * count bytes; returns the number of bytes written. */
size_t integer_block_pack(const int64_t *values, size_t count, uint8_t *packed);

/* The same bytes for the integers start + codes[i]; there is at least one. */
size_t integer_block_pack_codes(const uint8_t *codes, size_t count, int64_t start, uint8_t *packed);

#endif
