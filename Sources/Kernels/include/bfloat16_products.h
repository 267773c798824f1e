#ifndef KERNELS_BFLOAT16_PRODUCTS_H
#define KERNELS_BFLOAT16_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

/* C (m, n) = A (m, k) · B (k, n) of matrices whose numbers are rounded to bfloat16 (8 bits of
 * mantissa, to the nearest, ties to even), with sums in float32: twice as many products a cycle
 * where the processor has AVX512-BF16, and the same rounding without it where it has not.
 *
 * Both are packed first, two neighbours of k in one place of 4 bytes; an odd k is filled up with 0.
 */

/* How A is packed: by rows, (m, k / 2); or, which a transposed A is quicker to bring into, by
 * blocks of eight rows, each (k / 2, 8). */
typedef enum { BFLOAT16_ROWS, BFLOAT16_BLOCKS } bfloat16_layout;

/* Floats that packed matrices take. */
size_t bfloat16_rows_count(size_t m, size_t k);
size_t bfloat16_blocks_count(size_t m, size_t k);
size_t bfloat16_panels_count(size_t k, size_t n);

/* a (m, k) → rows. */
void bfloat16_pack_rows(const float *a, size_t m, size_t k, float *packed);
/* a (k, m) → blocks. */
void bfloat16_pack_blocks(const float *a, size_t m, size_t k, float *packed);
/* b (k, n), or (n, k) when transposed → panels of 32 columns, each (k / 2, 32): those of the
 * columns from `first`, the beginning of a part, up to `end`, at their places. */
enum { BFLOAT16_PART = 128 };
void bfloat16_pack_panels(const float *b, bool transposed, size_t k, size_t n, size_t first,
                          size_t end, float *packed);

/* A in `layout` times B in panels → c (m, n), plus what is in c if `accumulate`, plus bias (n)
 * unless NULL, then max(·, 0) if `relu`. */
void bfloat16_multiply(const float *a, bfloat16_layout layout, const float *b, size_t m, size_t n,
                       size_t k, const float *bias, bool relu, bool accumulate, float *c);

#endif
