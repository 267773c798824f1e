#ifndef TABLE_KERNELS_CELL_WEIGHTS_H
#define TABLE_KERNELS_CELL_WEIGHTS_H

#include <stdint.h>

/* Rows by group and class: the cell of a row is group * class_count + class; a group of -1 has
 * no cell. `groups` may be NULL: all rows are in group 0. `weights` may be NULL: all are 1. */

/* Adds the rows from ..< to: counts and sums of weights, (cells). */
void cell_sums(const int32_t *groups, const int32_t *classes, int64_t class_count, int64_t cells,
               const double *weights, int64_t from, int64_t to, double *sums);

/* result[row] = weight * factors[cell]; the weight alone for rows without a cell. */
void cell_factors(const int32_t *groups, const int32_t *classes, int64_t class_count,
                  const double *weights, const double *factors, int64_t from, int64_t to,
                  double *result);

#endif
