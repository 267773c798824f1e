#ifndef ENGINE_KERNELS_ROWS_H
#define ENGINE_KERNELS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Operations on whole rows: gathers for batches, embeddings, concatenation, dropout. */

/* to[i] = from[indices[i]], rows of `width` floats. */
void gather_rows(const float *from, const int64_t *indices, float *to, size_t count, size_t width);

/* Embedding: y[i] = table[index(i)], with the index given as a float; a negative index counts from
 * the end. Returns the first i whose index is outside the table, or `rows` if there is none. */
size_t embedding_forward(const float *indices, const float *table, float *y, size_t rows,
                         size_t vocabulary, size_t width);
/* The same for a table that is stored in 16 bits, as bfloat16 or as IEEE 754 binary16. */
size_t embedding_bfloat16_forward(const float *indices, const uint16_t *table, float *y,
                                  size_t rows, size_t vocabulary, size_t width);
size_t embedding_float16_forward(const float *indices, const uint16_t *table, float *y, size_t rows,
                                 size_t vocabulary, size_t width);
/* Adds ∂y to the rows of ∂table. */
void embedding_backward(const float *indices, const float *y_gradient, float *table_gradient,
                        size_t rows, size_t vocabulary, size_t width);

/* Copies `rows` lines of `width` floats between arrays whose lines are `from_stride` and
 * `to_stride` floats apart; adds them with `accumulate`. */
void copy_lines(const float *from, size_t from_stride, float *to, size_t to_stride, size_t rows,
                size_t width, bool accumulate);

/* Whether all values are finite. */
bool numbers_are_finite(const float *values, size_t count);

/* Inverted dropout (Srivastava et al. 2014): each value is kept with probability 1 − rate and
 * then divided by it. The choice depends only on seed and position, not on threads or shards. */
void dropout_forward(const float *x, float *y, size_t count, uint64_t first, uint64_t seed,
                     float rate);
void dropout_backward(const float *y_gradient, float *x_gradient, size_t count, uint64_t first,
                      uint64_t seed, float rate, bool accumulate);

#endif
