#ifndef ENGINE_KERNELS_INT8_PRODUCTS_H
#define ENGINE_KERNELS_INT8_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Products of int8 weights and activations that are rounded to 8 bits row by row (dynamic
 * quantization; Jacob et al. 2018, section 2):
 *
 *     x ~ s (q - z),  q from 0 to 254,  z and s from the row's minimum and maximum
 *     y = s t (sum q w - z sum w) + bias,  w from -127 to 127, with a scale t for each output
 *
 * The sums are exact 32-bit integers, so y is the same on every processor, bit by bit. */

/* The number of inputs up to which no sum overflows. */
enum { INT8_MAXIMUM_INPUTS = 65536 };
/* The number of outputs of each part except the last. */
enum { INT8_PART = 32 };

/* The instructions that multiply: any processor's, AVX2's, or those of AVX512-VNNI. Rounded rows
 * and packed weights have a layout for each, but the products are the same. */
typedef enum { INT8_PLAIN, INT8_PAIRS, INT8_QUADS } int8_instructions;
/* The fastest that this processor has. */
int8_instructions int8_best_instructions(void);

/* The number of 32-bit words of a rounded row. */
size_t int8_row_count(size_t inputs, int8_instructions instructions);
/* x (rows, in) → rounded rows. A row with a number that is not finite has outputs that are NaN. */
void int8_round_rows(const float *x, size_t rows, size_t inputs, float *rounded,
                     int8_instructions instructions);

/* The number of 32-bit words of packed weights. */
size_t int8_packed_count(size_t inputs, size_t outputs);
/* weight (out, in), or (in, out) when input_major, with scales (out) → packed. */
void int8_pack(const int8_t *weight, bool input_major, const float *scales, size_t inputs,
               size_t outputs, float *packed, int8_instructions instructions);

/* rounded (rows, in) · Wᵀ + bias (out) → y (rows, out), then max(·, 0) if `relu`; bias may be NULL.
 * Computes only the parts `first` ..< `end` of y. */
void int8_multiply(const float *rounded, size_t rows, size_t inputs, const float *packed,
                   size_t outputs, size_t first, size_t end, const float *bias, bool relu, float *y,
                   int8_instructions instructions);

#endif
