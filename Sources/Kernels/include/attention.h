#ifndef KERNELS_ATTENTION_H
#define KERNELS_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of attention over one text and one head that are no matrix products. A text has n
 * tokens; scores and probabilities are (n, n), row i what token i gives to token j. */

/* Scores become probabilities, in place: softmax of each row's scores · scale over its tokens, or,
 * with `causal`, over the tokens up to its own. Keeps ln Σ e^(scores · scale) (n), `stride` floats
 * apart, if it is not NULL. */
void attention_softmax(float *scores, size_t n, float scale, bool causal, float *log_sums,
                       size_t stride);

/* The same probabilities again from scores and what was kept. */
void attention_probabilities(float *scores, size_t n, float scale, bool causal,
                             const float *log_sums, size_t stride);

/* Dropout of probabilities (n, n), kept by a choice that follows from `seed` alone; what is kept is
 * divided by 1 − rate. */
void attention_dropout(const float *probabilities, float *dropped, size_t n, uint64_t seed,
                       float rate);

/* ∂scores from probabilities P, their gradient ∂P (with the dropout of `seed` undone when rate > 0)
 * and dots (n) = Σ_j P_ij ∂P_ij: scale · P (∂P − dot), in place of ∂P. */
void attention_softmax_backward(const float *probabilities, float *gradient, size_t n, float scale,
                                uint64_t seed, float rate);

#endif
