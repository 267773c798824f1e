#ifndef FAIRNESS_KERNELS_SIGNAL_SUMS_H
#define FAIRNESS_KERNELS_SIGNAL_SUMS_H

#include <stdint.h>

/* The sums over the rows of a group with a label or without it; w is a row's weight, s its signal.
 * All sums that a group statistic needs are linear in these. */
enum {
  SIGNAL_ROWS,
  SIGNAL_WEIGHTS,         /* Σ w */
  SIGNAL_VALUES,          /* Σ w s */
  SIGNAL_SQUARED_WEIGHTS, /* Σ w² */
  SIGNAL_PRODUCTS,        /* Σ w² s */
  SIGNAL_SQUARES,         /* Σ w² s² */
  SIGNAL_SUMS
};

/* Writes the sums of rows, (groups, 2, SIGNAL_SUMS), of which the second of two is for rows with
 * the label.
 *
 *   values   the signals, `stride` apart
 *   weights  NULL if all are 1
 *   codes    the rows' groups; rows of other groups than 0 ..< groups are left out
 *   label    a row has the label if its own one is this; negative: if it is above 0.5 */
void signal_sums(const float *values, int64_t stride, const float *labels, float label,
                 const float *weights, const int32_t *codes, int64_t rows, int64_t groups,
                 double *sums);

#endif
