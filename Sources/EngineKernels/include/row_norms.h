#ifndef ENGINE_KERNELS_ROW_NORMS_H
#define ENGINE_KERNELS_ROW_NORMS_H

#include "leaf_sums.h"

#include <stddef.h>

/* Squared norms of a row's gradients, without the gradients themselves (Goodfellow 2015; Bu, Mao
 * and Xu 2022, section 3). */

/* ‖Σₛ gₛ xₛᵀ‖² = Σₛ Σₜ (gₛ · gₜ)(xₛ · xₜ) over the row's lines: x (lines, inputs), g (lines,
 * outputs). */
double outer_products_norm(const float *x, size_t inputs, const float *g, size_t outputs,
                           size_t lines);

/* ‖Σₛ gₛ‖²: g (lines, width). */
double line_sum_norm(const float *g, size_t lines, size_t width, float *sum);

/* The gradient of an embedding's table, in which lines with the same index add up: indices
 * (lines), g (lines, width). `sum` (width) is working memory. */
double embedding_norm(const float *indices, const float *g, size_t lines, size_t vocabulary,
                      size_t width, float *sum);

/* The gradient of leaf values, added to norms (rows); arguments as in leaf_sums_backward. */
void leaf_sums_norms(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                     size_t row_step, size_t rows, const float *values, const float *y_gradient,
                     double *norms);

#endif
