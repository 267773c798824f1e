#ifndef KERNELS_NEAREST_ROWS_H
#define KERNELS_NEAREST_ROWS_H

#include <stdint.h>

/* Exact Euclidean distances between rows of floats, by differences: rows that are alike have the
 * distance 0, which a matrix product of the rows would not give. */

/* Rows in a panel. */
#define ROW_PANEL 32

/* values (rows, width) to panels (⌈rows / ROW_PANEL⌉, width, ROW_PANEL); rows that the last panel
 * lacks are zeros. */
void row_panels(const float *values, int64_t rows, int64_t width, float *panels);

/* For each of `count` queries, which are row numbers, its k nearest other rows, nearest first, of
 * equal distances the lower row first: neighbours and squared distances, (count, k). Where there
 * are fewer than k other rows, -1 and infinity follow. */
void nearest_rows(const float *panels, int64_t rows, int64_t width, const float *values,
                  const int32_t *queries, int64_t count, int64_t k, int32_t *neighbours,
                  float *distances);

/* What pairs of rows show, summed over calls; all zero at first. */
struct row_pairs {
  int64_t violations;  /* |score difference| > constant · distance */
  int64_t same_inputs; /* of those, the distance is 0 */
  float ratio;         /* the largest |score difference| / distance, distance not 0 */
  int32_t first, second;
};

/* Compares the rows from ..< to with every row after them. */
void row_pairs_compare(const float *panels, int64_t rows, int64_t width, const float *values,
                       const float *scores, int64_t from, int64_t to, float constant,
                       struct row_pairs *found);

#endif
