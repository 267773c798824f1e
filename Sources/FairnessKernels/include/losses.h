#ifndef FAIRNESS_KERNELS_LOSSES_H
#define FAIRNESS_KERNELS_LOSSES_H

#include <stddef.h>

/* Losses of single rows and their slopes; the caller applies weights and averages. */

/* Binary cross-entropy of a logit z against a target t = y (1 − smoothing) + smoothing / 2:
 * loss = softplus(z) − t z, slope = σ(z) − t. */
void binary_cross_entropy(const float *logits, const float *labels, float smoothing, float *losses,
                          float *slopes, size_t rows);

/* z → σ(z / temperature) in place, and its derivative with respect to z. */
void sigmoid_signal_in_place(float *values, float temperature, float *slopes, size_t rows);

/* out[i] = slopes[i] · weights[i] · scale; weights of NULL are all 1. */
void weighted_slopes(const float *slopes, const float *weights, float scale, float *out,
                     size_t rows);
/* Σ values[i] · weights[i] in double precision; weights of NULL are all 1. */
double weighted_sum(const float *values, const float *weights, size_t rows);

#endif
