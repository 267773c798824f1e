#include "signal_sums.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline __attribute__((always_inline)) void add(const float *values, int64_t stride,
                                                      const float *labels, float label,
                                                      const float *weights, const int32_t *codes,
                                                      int64_t rows, int64_t groups, double *sums) {
  for (int64_t row = 0; row < rows; row++) {
    int32_t group = codes[row];
    if (group < 0 || group >= groups)
      continue;
    bool has_label = label < 0.0f ? labels[row] > 0.5f : labels[row] == label;
    double *own = sums + (2 * (int64_t)group + has_label) * SIGNAL_SUMS;
    double weight = weights ? (double)weights[row] : 1.0, value = (double)values[row * stride];
    double product = weight * value;
    own[SIGNAL_ROWS] += 1.0;
    own[SIGNAL_VALUES] += product;
    own[SIGNAL_SQUARES] += product * product;
    if (!weights)
      continue;
    own[SIGNAL_WEIGHTS] += weight;
    own[SIGNAL_SQUARED_WEIGHTS] += weight * weight;
    own[SIGNAL_PRODUCTS] += weight * product;
  }
  for (int64_t cell = 0; !weights && cell < 2 * groups; cell++) {
    double *own = sums + cell * SIGNAL_SUMS;
    own[SIGNAL_WEIGHTS] = own[SIGNAL_SQUARED_WEIGHTS] = own[SIGNAL_ROWS];
    own[SIGNAL_PRODUCTS] = own[SIGNAL_VALUES];
  }
}

void signal_sums(const float *values, int64_t stride, const float *labels, float label,
                 const float *weights, const int32_t *codes, int64_t rows, int64_t groups,
                 double *sums) {
  memset(sums, 0, (size_t)groups * 2 * SIGNAL_SUMS * sizeof *sums);
  if (weights)
    add(values, stride, labels, label, weights, codes, rows, groups, sums);
  else
    add(values, stride, labels, label, NULL, codes, rows, groups, sums);
}
