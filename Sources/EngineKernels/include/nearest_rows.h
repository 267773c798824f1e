#ifndef ENGINE_KERNELS_NEAREST_ROWS_H
#define ENGINE_KERNELS_NEAREST_ROWS_H

#include <stdint.h>

/* Exact Euclidean distances between rows of floats, computed from differences: equal rows have
 * the distance 0, which matrix products would not give. */

/* The number of rows in a panel. */
#define ROW_PANEL 32

/* values (rows, width) to panels (⌈rows / ROW_PANEL⌉, width, ROW_PANEL); the last panel is
 * padded with zeros. */
void row_panels(const float *values, int64_t rows, int64_t width, float *panels);

/* For each of `count` points (count, width), its k nearest rows, nearest first; at equal
 * distances the lower row first. Output: neighbours and squared distances, (count, k). selves[i]
 * is the row that point i itself is and that is excluded, or -1. If there are fewer than k rows,
 * the rest is -1 and infinity. */
void nearest_rows(const float *panels, int64_t rows, int64_t width, const float *points,
                  const int32_t *selves, int64_t count, int64_t k, int32_t *neighbours,
                  float *distances);

/* The numbers of rows and points in one matrix product. */
#define NEAR_ROWS 256
#define NEAR_POINTS 64

/* |row|^2 of each row. */
void row_norms(const float *values, int64_t rows, int64_t width, float *norms);

/* The same as nearest_rows, for wide rows. bf16 products find the rows that may be near, and
 * distances are computed only for these. The result is equally exact, because the error of the
 * products is bounded.
 *
 *   packed         the rows minus a mean row, as bfloat16 panels of a transposed matrix, padded
 *                  with zeros to a multiple of NEAR_ROWS rows
 *   norms          |row|^2 of these, infinity for padding
 *   packed_points  the points minus the same row, as bfloat16 rows
 *   point_norms    |point|^2 of these
 *   values, points without centring */
void nearest_rows_by_products(const float *packed, const float *norms, const float *values,
                              int64_t rows, int64_t width, const float *packed_points,
                              const float *point_norms, const float *points, const int32_t *selves,
                              int64_t count, int64_t k, int32_t *neighbours, float *distances);

/* Sums over pairs of rows, accumulated over calls; initially zero. */
struct row_pairs {
  int64_t violations;  /* |score difference| > constant · distance */
  int64_t same_inputs; /* of those, the distance is 0 */
  float ratio;         /* the largest |score difference| / distance, distance not 0 */
  int32_t first, second;
};

/* Compares the rows from ..< to with every later row. */
void row_pairs_compare(const float *panels, int64_t rows, int64_t width, const float *values,
                       const float *scores, int64_t from, int64_t to, float constant,
                       struct row_pairs *found);

#endif
