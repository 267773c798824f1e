#ifndef ENGINE_KERNELS_BFLOAT16_PRODUCTS_H
#define ENGINE_KERNELS_BFLOAT16_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

/* bf16 products: C (m, n) = A (m, k) · B (k, n), where A and B are rounded to bfloat16 (8 bits
 * of mantissa, to nearest, ties to even) and sums are float32. Processors with AVX512-BF16
 * compute twice as many products per cycle; others give the same rounding.
 *
 * Both matrices are packed first: two neighbours in k share 4 bytes; an odd k is padded with 0. */

/* The layout of packed A: rows, (m, k / 2); or blocks of eight rows, each (k / 2, 8), which can
 * be packed faster from a transposed A. */
typedef enum { BFLOAT16_ROWS, BFLOAT16_BLOCKS } bfloat16_layout;

/* The number of floats of a packed matrix. */
size_t bfloat16_rows_count(size_t m, size_t k);
size_t bfloat16_blocks_count(size_t m, size_t k);
size_t bfloat16_panels_count(size_t k, size_t n);

/* a (m, k) → rows. */
void bfloat16_pack_rows(const float *a, size_t m, size_t k, float *packed);
/* a (k, m) → blocks. */
void bfloat16_pack_blocks(const float *a, size_t m, size_t k, float *packed);
/* b (k, n), or (n, k) if transposed → panels of 32 columns, each (k / 2, 32). Packs only the
 * panels of the columns from `first`, the beginning of a part, up to `end`. */
enum { BFLOAT16_PART = 128 };
void bfloat16_pack_panels(const float *b, bool transposed, size_t k, size_t n, size_t first,
                          size_t end, float *packed);

/* A in `layout` times B in panels → c (m, n). Adds the existing c if `accumulate`, then bias (n)
 * unless it is NULL; then max(·, 0) if `relu`. */
void bfloat16_multiply(const float *a, bfloat16_layout layout, const float *b, size_t m, size_t n,
                       size_t k, const float *bias, bool relu, bool accumulate, float *c);

#endif
