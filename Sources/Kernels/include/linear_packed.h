#ifndef KERNELS_LINEAR_PACKED_H
#define KERNELS_LINEAR_PACKED_H

#include <stdbool.h>
#include <stddef.h>

/* A linear layer for prediction, where weights stay the same: they are kept in panels of 32
 * outputs, each panel (in, 32), the last one filled up with zeros. No call costs more than its
 * arithmetic, so that one row is as cheap as it can be. */

/* Floats that the packed weights take. */
size_t linear_packed_count(size_t inputs, size_t outputs);
/* weight (out, in), or (in, out) when input_major → packed. */
void linear_pack(const float *weight, bool input_major, size_t inputs, size_t outputs,
                 float *packed);
/* The panels, or 1 where outputs are too few to fill one: parts of y that are computed on their
 * own. */
size_t linear_packed_parts(size_t outputs);
/* How many outputs a part has, but for the last. */
enum { LINEAR_PACKED_PART = 32 };
/* x (rows, in) · Wᵀ + bias (out) → y (rows, out), then max(·, 0) if `relu`; bias may be NULL. Of y
 * only the parts from `first` up to `end`. */
void linear_packed_forward(const float *x, size_t rows, size_t inputs, const float *packed,
                           size_t outputs, size_t first, size_t end, const float *bias, bool relu,
                           float *y);

#endif
