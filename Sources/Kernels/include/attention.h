#ifndef KERNELS_ATTENTION_H
#define KERNELS_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of attention over one text and one head that are no matrix products. Scores and
 * probabilities are (rows, columns), rows `line` floats apart, row i what the text's token i gives
 * to column j: first what stands before the text (a prefix of columns − rows), then the text's own
 * tokens. */

/* Scores become probabilities, in place: softmax of each row's scores · scale over all columns, or,
 * with `causal`, over the columns up to its own token. Keeps ln Σ e^(scores · scale) (rows),
 * `stride` floats apart, if it is not NULL. */
void attention_softmax(float *scores, size_t rows, size_t columns, size_t line, float scale,
                       bool causal, float *log_sums, size_t stride);

/* The same probabilities again from scores and what was kept. */
void attention_probabilities(float *scores, size_t rows, size_t columns, size_t line, float scale,
                             bool causal, const float *log_sums, size_t stride);

/* Dropout of probabilities, in place or not, kept by a choice that follows from `seed` alone; what
 * is kept is divided by 1 − rate. */
void attention_dropout(const float *probabilities, float *dropped, size_t rows, size_t columns,
                       size_t line, uint64_t seed, float rate);

/* ∂scores from probabilities P and their gradient ∂P (with the dropout of `seed` undone when
 * rate > 0): scale · P (∂P − Σ_j P_ij ∂P_ij), in place of ∂P. */
void attention_softmax_backward(const float *probabilities, float *gradient, size_t rows,
                                size_t columns, size_t line, float scale, uint64_t seed,
                                float rate);

#endif
