#ifndef ENGINE_KERNELS_INT8_LAYOUT_H
#define ENGINE_KERNELS_INT8_LAYOUT_H

#include "int8_products.h"

/* A rounded row is a head and groups of four inputs, all in words of 32 bits.
 *
 * INT8_PLAIN and INT8_QUADS: a group is one word, the bytes q0 q1 q2 q3 from 0 to 254.
 *
 * INT8_PAIRS: 16-bit products, two of them in one sum, are the widest that AVX2 has. The number in
 * a group's 16 bits of a panel is W = (w0 + 128) + 256 w1, so that
 *
 *     W a0 + w1 (a1 - 256 a0) = (w0 + 128) a0 + w1 a1,   a = q - 127 from -127 to 127,
 *
 * and only w1, the upper byte, is extracted. All factors fit into 16 bits, and the sums are exact
 * in arithmetic modulo 2^32, because the result fits. A group is two words: a0 a2 and a1 - 256 a0,
 * a3 - 256 a2. The head's excess is 128 (a0 + a2), summed over the groups. */
typedef struct {
  float scale;  /* NaN if a number of the row is not finite */
  int32_t zero; /* of q, or of a */
  int32_t excess;
} int8_row_head;

enum { ROW_HEAD = sizeof(int8_row_head) / sizeof(float) };
enum { LANES = 16 };

static inline size_t int8_groups(size_t inputs) { return (inputs + 3) / 4; }
static inline size_t int8_group_words(int8_instructions instructions) {
  return instructions == INT8_PAIRS ? 2 : 1;
}

#endif
