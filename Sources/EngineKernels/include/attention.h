#ifndef ENGINE_KERNELS_ATTENTION_H
#define ENGINE_KERNELS_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of attention over one text and one head that are not matrix products. Scores and
 * probabilities are (rows, columns), with rows `line` floats apart. Row i belongs to the text's
 * token i. The columns are first a prefix (columns − rows of them), then the text's own tokens. */

/* Computes probabilities from scores, in place: the softmax of each row's scores · scale over
 * all columns, or with `causal` over the columns up to the row's own token. Stores ln Σ
 * e^(scores · scale) (rows), `stride` floats apart, unless log_sums is NULL. */
void attention_softmax(float *scores, size_t rows, size_t columns, size_t line, float scale,
                       bool causal, float *log_sums, size_t stride);

/* Recomputes the same probabilities from scores and the stored log_sums. */
void attention_probabilities(float *scores, size_t rows, size_t columns, size_t line, float scale,
                             bool causal, const float *log_sums, size_t stride);

/* Dropout of probabilities, in place or not. The choice depends only on `seed`; the remaining
 * probabilities are divided by 1 − rate. */
void attention_dropout(const float *probabilities, float *dropped, size_t rows, size_t columns,
                       size_t line, uint64_t seed, float rate);

/* ∂scores from the probabilities P and their gradient ∂P (including the dropout of `seed` if
 * rate > 0): scale · P (∂P − Σ_j P_ij ∂P_ij), in place of ∂P. */
void attention_softmax_backward(const float *probabilities, float *gradient, size_t rows,
                                size_t columns, size_t line, float scale, uint64_t seed,
                                float rate);

#endif
