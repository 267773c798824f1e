#ifndef FAIRNESS_KERNELS_SCORE_BINS_H
#define FAIRNESS_KERNELS_SCORE_BINS_H

#include <stdint.h>

/* Histograms of scores by (slot, label), in bins of equal width over 0 ... 1, which can be
 * merged and replace the scores themselves. The label is bit 1 of a cell, so a row's table is
 * cells[i] >> 1.
 *
 *   weights, sums   (tables, bins): += w and += w · s for each row
 *   row_weights     NULL: all are 1
 *
 * Scores below 0 or above 1 are in the first or last bin; scores that are not finite in none. */
void score_bins_f32(const uint32_t *cells, const float *scores, const double *row_weights,
                    int64_t count, int64_t bins, double *weights, double *sums);
void score_bins_f64(const uint32_t *cells, const double *scores, const double *row_weights,
                    int64_t count, int64_t bins, double *weights, double *sums);

#endif
