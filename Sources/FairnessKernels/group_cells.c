#include "group_cells.h"

#include <float.h>
#include <math.h>

#include "vector_code.h"

/* As an unsigned number, a code is below `slots` or is clamped to the last slot. -1 and 255 are
 * the largest numbers, so a missing value gets the last slot. */
#define DEFINE_APPEND(name, code_type, unsigned_type, missing_code)                                \
  VECTOR_CODE                                                                                      \
  bool name(uint32_t *restrict cells, const code_type *restrict codes, int64_t count,              \
            uint32_t slots, bool missing_allowed, bool first) {                                    \
    const uint32_t last = slots - 1;                                                               \
    const uint32_t valid = missing_allowed ? last : slots;                                         \
    const uint32_t missing = missing_allowed ? (uint32_t)(missing_code) : 0;                       \
    uint32_t wrong = 0;                                                                            \
    /* Columns take turns, block by block: the next block is fetched while the others are read. */ \
    for (int64_t i = 0; i < count; i += 64 / (int64_t)sizeof(code_type))                           \
      __builtin_prefetch(codes + count + i);                                                       \
    if (first) {                                                                                   \
      for (int64_t i = 0; i < count; i++) {                                                        \
        uint32_t code = (unsigned_type)codes[i];                                                   \
        wrong |= (uint32_t)(code >= valid) & (uint32_t)(code != missing);                          \
        cells[i] = code < last ? code : last;                                                      \
      }                                                                                            \
    } else {                                                                                       \
      for (int64_t i = 0; i < count; i++) {                                                        \
        uint32_t code = (unsigned_type)codes[i];                                                   \
        wrong |= (uint32_t)(code >= valid) & (uint32_t)(code != missing);                          \
        cells[i] = cells[i] * slots + (code < last ? code : last);                                 \
      }                                                                                            \
    }                                                                                              \
    return wrong == 0;                                                                             \
  }

DEFINE_APPEND(group_cells_append_u8, uint8_t, uint8_t, 0xFFu)
DEFINE_APPEND(group_cells_append_i32, int32_t, uint32_t, 0xFFFFFFFFu)

void group_cells_count(const uint32_t *restrict cells, int64_t count, int64_t *restrict tables,
                       int64_t table_stride, int32_t lanes) {
  int64_t i = 0;
  if (lanes == GROUP_CELLS_LANES) {
    int64_t *second = tables + table_stride, *third = second + table_stride,
            *fourth = third + table_stride;
    for (; i + 4 <= count; i += 4) {
      tables[cells[i]]++;
      second[cells[i + 1]]++;
      third[cells[i + 2]]++;
      fourth[cells[i + 3]]++;
    }
  }
  for (; i < count; i++)
    tables[cells[i]]++;
}

bool group_cells_weigh(const uint32_t *restrict cells, const double *restrict weights,
                       int64_t count, double *restrict tables, int64_t table_stride,
                       int32_t lanes) {
  bool wrong = false;
  for (int64_t i = 0; i < count; i++)
    wrong |= !(weights[i] >= 0 && weights[i] <= 0x1.fffffffffffffp+1023);
  int64_t i = 0;
  if (lanes == GROUP_CELLS_LANES) {
    double *second = tables + table_stride, *third = second + table_stride,
           *fourth = third + table_stride;
    for (; i + 4 <= count; i += 4) {
      tables[cells[i]] += weights[i];
      second[cells[i + 1]] += weights[i + 1];
      third[cells[i + 2]] += weights[i + 2];
      fourth[cells[i + 3]] += weights[i + 3];
    }
  }
  for (; i < count; i++)
    tables[cells[i]] += weights[i];
  return !wrong;
}

#define DEFINE_SCORE(name, score_type)                                                             \
  void name(const uint32_t *restrict cells, const score_type *restrict scores,                     \
            const double *restrict weights, int64_t count,                                         \
            struct group_cells_score_sums *restrict sums) {                                        \
    const double least = 0x1p-52;                                                                  \
    for (int64_t i = 0; i < count; i++) {                                                          \
      struct group_cells_score_sums *sum = sums + (cells[i] >> 1);                                 \
      double score = scores[i], label = (cells[i] >> 1) & 1;                                       \
      double weight = weights ? weights[i] : 1;                                                    \
      if (!isfinite(score)) {                                                                      \
        sum->not_finite++;                                                                         \
        continue;                                                                                  \
      }                                                                                            \
      sum->outside += score < 0 || score > 1;                                                      \
      double likelihood = label != 0 ? score : 1 - score;                                          \
      likelihood = likelihood < least ? least : likelihood;                                        \
      likelihood = likelihood > 1 - least ? 1 - least : likelihood;                                \
      sum->weight += weight;                                                                       \
      sum->score += weight * score;                                                                \
      sum->squared_error += weight * (score - label) * (score - label);                            \
      sum->log_loss -= weight * log(likelihood);                                                   \
    }                                                                                              \
  }

DEFINE_SCORE(group_cells_score_f32, float)
DEFINE_SCORE(group_cells_score_f64, double)

#define DEFINE_ERROR(name, value_type)                                                             \
  void name(const uint32_t *restrict cells, const value_type *restrict labels,                     \
            const value_type *restrict predictions, const double *restrict weights, int64_t count, \
            struct group_cells_error_sums *restrict sums) {                                        \
    for (int64_t i = 0; i < count; i++) {                                                          \
      struct group_cells_error_sums *sum = sums + cells[i];                                        \
      double label = labels[i], error = predictions[i] - label;                                    \
      double weight = weights ? weights[i] : 1;                                                    \
      sum->rows++;                                                                                 \
      if (!isfinite(label) || !isfinite(error)) {                                                  \
        sum->not_finite++;                                                                         \
        continue;                                                                                  \
      }                                                                                            \
      if (sum->rows - sum->not_finite == 1)                                                        \
        sum->shift = label;                                                                        \
      double shifted = label - sum->shift;                                                         \
      sum->weight += weight;                                                                       \
      sum->shifted_label += weight * shifted;                                                      \
      sum->shifted_label_squared += weight * shifted * shifted;                                    \
      sum->error += weight * error;                                                                \
      sum->absolute_error += weight * fabs(error);                                                 \
      sum->squared_error += weight * error * error;                                                \
      sum->relative_error += weight * fabs(error) / fmax(fabs(label), DBL_EPSILON);                \
    }                                                                                              \
  }

DEFINE_ERROR(group_cells_error_f32, float)
DEFINE_ERROR(group_cells_error_f64, double)
