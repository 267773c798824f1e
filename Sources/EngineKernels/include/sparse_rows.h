#ifndef ENGINE_KERNELS_SPARSE_ROWS_H
#define ENGINE_KERNELS_SPARSE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Products with rows most of whose numbers are 0, as one-hot categories are: only the others are
 * multiplied. Weights are (in, out), so that an input's weights are contiguous. */

/* Whether at most a quarter of the numbers of x (rows, in) differ from 0. NaN differs. */
bool rows_are_sparse(const float *x, size_t rows, size_t inputs);

/* x (rows, in) · W (in, out) + bias (out) → y (rows, out), then max(·, 0) if `relu`; bias may be
 * NULL. `places` is working memory for `inputs` numbers. */
void sparse_rows_forward(const float *x, size_t rows, size_t inputs, const float *weight,
                         size_t outputs, const float *bias, bool relu, uint32_t *places, float *y);

/* Adds xᵀ (in, rows) · ∂y (rows, out) to the gradient (in, out). */
void sparse_rows_gradient(const float *x, size_t rows, size_t inputs, const float *y_gradient,
                          size_t outputs, uint32_t *places, float *gradient);

/* from (lines, columns) → to (columns, lines), written or added. */
void transpose_lines(const float *from, size_t lines, size_t columns, float *to, bool accumulate);

#endif
