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

/* For each of `count` points (count, width) its k nearest rows, nearest first, of equal distances
 * the lower row first: neighbours and squared distances, (count, k). `selves` has the row that a
 * point is itself, which does not count, or -1. Where there are fewer than k rows, -1 and infinity
 * follow. */
void nearest_rows(const float *panels, int64_t rows, int64_t width, const float *points,
                  const int32_t *selves, int64_t count, int64_t k, int32_t *neighbours,
                  float *distances);

/* Rows and points that are compared by one product of matrices. */
#define NEAR_ROWS 256
#define NEAR_POINTS 64

/* |row|^2 of each row. */
void row_norms(const float *values, int64_t rows, int64_t width, float *norms);

/* The same as nearest_rows, for wide rows: products rounded to bfloat16 tell which rows may be
 * near, and only of these the distance is computed. It is as exact, since the error of the products
 * is bounded.
 *
 *   packed         the rows, less the same numbers each (a mean), as bfloat16 panels of a
 *                  transposed matrix, filled up with zeros to a multiple of NEAR_ROWS rows
 *   norms          |row|^2 of these, infinite for what is filled up
 *   packed_points  the points, less the same numbers, as bfloat16 rows
 *   point_norms    |point|^2 of these
 *   values, points as they are */
void nearest_rows_by_products(const float *packed, const float *norms, const float *values,
                              int64_t rows, int64_t width, const float *packed_points,
                              const float *point_norms, const float *points, const int32_t *selves,
                              int64_t count, int64_t k, int32_t *neighbours, float *distances);

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
