#ifndef FAIRNESS_KERNELS_GROUP_CELLS_H
#define FAIRNESS_KERNELS_GROUP_CELLS_H

#include <stdbool.h>
#include <stdint.h>

/* One pass over rows of codes for an audit. A row's cell is a mixed-radix number of its groups,
 * label and decision. Cells are counted, or weights and scores are summed by cell. The caller
 * processes blocks of some thousand rows, so that `cells` stays in the first-level cache. */

/* cells[i] = cells[i] · slots + slot of codes[i], for i in 0 ..< count; with `first`, cells[i]
 * counts as 0. The slot of a code in 0 ..< slots is the code itself. With `missing_allowed`, the
 * last slot is for missing values, which are -1 (int32_t) or 255 (uint8_t). Returns false if
 * some code is neither; such rows get some slot below `slots`. */
bool group_cells_append_u8(uint32_t *cells, const uint8_t *codes, int64_t count, uint32_t slots,
                           bool missing_allowed, bool first);
bool group_cells_append_i32(uint32_t *cells, const int32_t *codes, int64_t count, uint32_t slots,
                            bool missing_allowed, bool first);

/* The number of tables over which `group_cells_count` and `group_cells_weigh` distribute their
 * additions, because consecutive additions to the same cell would wait for each other. */
enum { GROUP_CELLS_LANES = 4 };

/* tables[(i mod lanes) · table_stride + cells[i]] += 1; lanes is 1 or GROUP_CELLS_LANES. */
void group_cells_count(const uint32_t *cells, int64_t count, int64_t *tables, int64_t table_stride,
                       int32_t lanes);

/* The same with += weights[i]. Returns false if a weight is negative or not finite. */
bool group_cells_weigh(const uint32_t *cells, const double *weights, int64_t count, double *tables,
                       int64_t table_stride, int32_t lanes);

/* Sums over the scores of one (slot, label): score is a probability of label 1. */
struct group_cells_score_sums {
  double weight;        /* Σ w                                                          */
  double score;         /* Σ w s                                                        */
  double squared_error; /* Σ w (s − y)²                                                 */
  double log_loss;      /* −Σ w ln(s if y = 1, else 1 − s), s clipped to [ε, 1 − ε]     */
  double not_finite;    /* rows whose score is NaN or infinite; they are in no sum      */
  double outside;       /* rows whose score is below 0 or above 1; the log is clipped   */
};

/* Binary labels: the label is bit 1 of a cell, so sums[cells[i] >> 1] is (slot, label)'s.
 * `weights` NULL: all are 1. */
void group_cells_score_f32(const uint32_t *cells, const float *scores, const double *weights,
                           int64_t count, struct group_cells_score_sums *sums);
void group_cells_score_f64(const uint32_t *cells, const double *scores, const double *weights,
                           int64_t count, struct group_cells_score_sums *sums);

/* Sums over the rows of one slot of a regression: label y, prediction p, error e = p − y. Labels
 * are shifted by the slot's first label, which avoids cancellation in Σ(y − mean)². */
struct group_cells_error_sums {
  double rows, weight;
  double shift;
  double shifted_label, shifted_label_squared; /* Σ w (y − shift), Σ w (y − shift)²           */
  double error, absolute_error, squared_error; /* Σ w e, Σ w |e|, Σ w e²                      */
  double relative_error; /* Σ w |e| / max(|y|, 2⁻⁵²)                    */
  double not_finite;     /* rows whose label or prediction is not finite */
};

void group_cells_error_f32(const uint32_t *cells, const float *labels, const float *predictions,
                           const double *weights, int64_t count,
                           struct group_cells_error_sums *sums);
void group_cells_error_f64(const uint32_t *cells, const double *labels, const double *predictions,
                           const double *weights, int64_t count,
                           struct group_cells_error_sums *sums);

#endif
