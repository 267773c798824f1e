#ifndef ENGINE_KERNELS_WEIGHT_ELEMENTS_H
#define ENGINE_KERNELS_WEIGHT_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Weights that are stored in fewer than 32 bits. The conversions to float32 are exact. */

/* bfloat16: the upper half of a float32. */
void widen_bfloat16(const uint16_t *from, size_t count, float *to);
/* IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
void widen_float16(const uint16_t *from, size_t count, float *to);
/* (rows, columns) whole numbers, each times the scale of its row, or of its column. */
void widen_int8(const int8_t *from, const float *scales, bool by_row, size_t rows, size_t columns,
                float *to);

/* The scales of int8 weights, (rows) or (columns), and the weights divided by them, rounded to
 * nearest, from -127 to 127. The largest magnitude of a channel becomes 127; a channel of zeros
 * has the scale 0. Weights must be finite. */
void narrow_int8(const float *from, bool by_row, size_t rows, size_t columns, int8_t *to,
                 float *scales);

#endif
