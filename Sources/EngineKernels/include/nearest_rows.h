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

/* |row|^2 of each row. */
void row_norms(const float *values, int64_t rows, int64_t width, float *norms);

/* Rows prepared for comparisons by products. */
struct near_rows {
  const float *values; /* (rows, width) */
  const float *panels; /* the rows minus a mean row, as of row_panels */
  const float *norms;  /* |row|^2 of these, infinity for padding */
  int64_t rows, width;
};

/* The same as nearest_rows, for wide rows. Products find the rows that may be near, and distances
 * are computed from differences only for these. The result is equally exact, because the error of
 * the products is bounded.
 *
 *   points  (count, width)
 *   centred the points minus the mean row
 *   norms   |point|^2 of these */
void nearest_rows_by_products(const struct near_rows *set, const float *points,
                              const float *centred, const float *norms, const int32_t *selves,
                              int64_t count, int64_t k, int32_t *neighbours, float *distances);

/* The k nearest other rows of each row. A pair of rows is compared once, for both. */
struct near_pairs {
  int32_t *neighbours; /* (rows, k) */
  float *distances;    /* squared, (rows, k) */
  float *limits;       /* the k-th of these for each row, padded to panels */
};

void nearest_pairs_begin(int64_t rows, int64_t k, struct near_pairs *found);

/* Compares the rows from ..< to with the rows other_from ..< other_to: the same ones, or others.
 * The results do not depend on the order of calls. Calls at the same time must not have rows in
 * common. other_from is the beginning of a panel.
 *
 *   centred  all rows minus the mean row, (rows, width) */
void nearest_pairs(const struct near_rows *set, const float *centred, int64_t k, int64_t from,
                   int64_t to, int64_t other_from, int64_t other_to, struct near_pairs *found);

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
