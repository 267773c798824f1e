#ifndef FAIRNESS_KERNELS_RANK_AREA_H
#define FAIRNESS_KERNELS_RANK_AREA_H

#include <stdint.h>

/* Areas under the ROC and the precision-recall curves of many groups, from one sort by score. */

struct rank_entry {
  uint64_t key;  /* the score in an order-preserving form, rank_area_key */
  uint32_t slot; /* (group · 2 + label) */
  uint32_t row;  /* index of the row's weight */
};

/* The unsigned order of keys is the order of scores; -0 and 0 have the same key. The score must
 * not be NaN. */
uint64_t rank_area_key(double score);
/* The score of a key. */
double rank_area_score(uint64_t key);

/* Writes an entry for each row with a finite score: slot = cells[i] >> 1 (group_cells.h), row =
 * first_row + i. Returns the number of entries, at most `count`. */
int64_t rank_area_fill_f32(struct rank_entry *entries, const uint32_t *cells, const float *scores,
                           int64_t count, uint32_t first_row);
int64_t rank_area_fill_f64(struct rank_entry *entries, const uint32_t *cells, const double *scores,
                           int64_t count, uint32_t first_row);

/* Replaces each slot's group by group_of[group], and adds row_offset to the rows. */
void rank_area_renumber(struct rank_entry *entries, int64_t count, const uint32_t *group_of,
                        uint32_t row_offset);

/* Sorts by key, stably. `scratch` has room for `count` entries, `bins` for RANK_AREA_BINS
 * counters. */
enum { RANK_AREA_BINS = 6 << 11 };
void rank_area_sort(struct rank_entry *entries, struct rank_entry *scratch, int64_t count,
                    int64_t *bins);

/* Merges two sorted runs; entries of the first come before equal ones of the second. */
void rank_area_merge(const struct rank_entry *first, int64_t first_count,
                     const struct rank_entry *second, int64_t second_count,
                     struct rank_entry *merged);

/* The sums of a group over the entries so far, in ascending order of scores. Before the first
 * entry all are zero except `positives` and `negatives`, the group's totals. */
struct rank_area {
  double positives, negatives;             /* Σ w of all rows of the label                     */
  double positives_below, negatives_below; /* Σ w of rows with a score below `key`             */
  double positives_tied, negatives_tied;   /* Σ w of rows with the score `key`                 */
  uint64_t key;
  double roc_area;      /* Σ over pairs: 1 if ranked right, ½ if tied, w w' */
  double precision_sum; /* Σ over thresholds: w of positives there · precision */
};

/* entries are sorted by key; group_of[slot >> 1] is the index into areas; `weights` of NULL are
 * all 1. Counts all ties at the end, so that roc_area and precision_sum are final. */
void rank_area_accumulate(const struct rank_entry *entries, int64_t count, const double *weights,
                          const uint32_t *group_of, struct rank_area *areas, int64_t groups);

#endif
