#include "score_bins.h"

#include <math.h>

/* Numbers are clamped before the conversion, so that none is too large for an integer. */
#define DEFINE_SCORE_BINS(name, score_type)                                                        \
  void name(const uint32_t *cells, const score_type *scores, const double *row_weights,            \
            int64_t count, int64_t bins, double *weights, double *sums) {                          \
    const double width = (double)bins;                                                             \
    for (int64_t i = 0; i < count; i++) {                                                          \
      double score = (double)scores[i];                                                            \
      if (!isfinite(score))                                                                        \
        continue;                                                                                  \
      double place = score * width;                                                                \
      place = place > 0 ? place : 0;                                                               \
      int64_t bin = place < width ? (int64_t)place : bins - 1;                                     \
      int64_t cell = (int64_t)(cells[i] >> 1) * bins + bin;                                        \
      double weight = row_weights ? row_weights[i] : 1;                                            \
      weights[cell] += weight;                                                                     \
      sums[cell] += weight * score;                                                                \
    }                                                                                              \
  }

DEFINE_SCORE_BINS(score_bins_f32, float)
DEFINE_SCORE_BINS(score_bins_f64, double)
