#ifndef ENGINE_KERNELS_PAIRWISE_COUPLING_H
#define ENGINE_KERNELS_PAIRWISE_COUPLING_H

#include <stddef.h>

/* Machines with several classes, one against one. Pairs are in the order (0, 1), (0, 2), …, (1,
 * 2), …. Vectors are sorted by class, counts[class] of each. coefficients (classes − 1,
 * vectors): a vector of class i has its coefficient against a later class j in row j − 1, and
 * against an earlier class j in row j. */

/* kernels (rows, vectors) → y (rows, pairs), intercepts (pairs) included. */
void pair_decisions_forward(const float *kernels, size_t rows, const size_t *counts, size_t classes,
                            const float *coefficients, const float *intercepts, float *y);

/* ∂y (rows, pairs) → ∂coefficients, accumulated. */
void pair_decisions_backward(const float *kernels, size_t rows, const size_t *counts,
                             size_t classes, const float *y_gradient, float *coefficient_gradient);

/* The number of doubles of working memory for coupling. */
size_t pairwise_coupling_scratch(size_t classes);

/* Converts the logits of "the first class of the pair", x (rows, pairs), to log probabilities of
 * the classes, y (rows, classes) (Wu, Lin and Weng 2004, algorithm 2). */
void pairwise_coupling_forward(const float *x, size_t rows, size_t classes, double *scratch,
                               float *y);

/* ∂y (rows, classes) → ∂x (rows, pairs), added if `accumulate`. */
void pairwise_coupling_backward(const float *x, const float *y, const float *y_gradient,
                                size_t rows, size_t classes, double *scratch, float *x_gradient,
                                int accumulate);

#endif
