#ifndef ENGINE_KERNELS_LINEAR_PACKED_H
#define ENGINE_KERNELS_LINEAR_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A linear layer for prediction with constant weights. The weights are packed into panels of 32
 * outputs, each (in, 32); the last panel is padded with zeros. The overhead per call is minimal,
 * so that single rows are fast. */

/* The number of floats of the packed weights. */
size_t linear_packed_count(size_t inputs, size_t outputs);
/* weight (out, in), or (in, out) when input_major → packed. */
void linear_pack(const float *weight, bool input_major, size_t inputs, size_t outputs,
                 float *packed);
/* The number of parts of y that can be computed separately: one per panel, or 1 if there are too
 * few outputs for a panel. */
size_t linear_packed_parts(size_t outputs);
/* The number of outputs of each part except the last. */
enum { LINEAR_PACKED_PART = 32 };
/* x (rows, in) · Wᵀ + bias (out) → y (rows, out), then max(·, 0) if `relu`; bias may be NULL.
 * Computes only the parts `first` ..< `end` of y. */
void linear_packed_forward(const float *x, size_t rows, size_t inputs, const float *packed,
                           size_t outputs, size_t first, size_t end, const float *bias, bool relu,
                           float *y);

/* The same for weights that are stored in 16 bits, as bfloat16 or as IEEE 754 binary16. They stay
 * so in the panels, and y is the same as that of the weights as float32, bit by bit. There must be
 * at least LINEAR_HALVES_OUTPUTS outputs. */
enum { LINEAR_HALVES_OUTPUTS = 5 };
/* Half as many floats as `linear_packed_count`. */
void linear_pack_halves(const uint16_t *weight, bool input_major, size_t inputs, size_t outputs,
                        uint16_t *packed);
void linear_bfloat16_forward(const float *x, size_t rows, size_t inputs, const uint16_t *packed,
                             size_t outputs, size_t first, size_t end, const float *bias, bool relu,
                             float *y);
void linear_float16_forward(const float *x, size_t rows, size_t inputs, const uint16_t *packed,
                            size_t outputs, size_t first, size_t end, const float *bias, bool relu,
                            float *y);

#endif
