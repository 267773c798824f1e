#include "cell_weights.h"
#include "vector_code.h"

#include <stddef.h>
#include <string.h>

/* Adjacent rows add to different tables, so that an addition need not wait for the previous one. */
enum { TABLES = 4, SMALL = 256 };

static inline __attribute__((always_inline)) int64_t
cell_of(const int32_t *groups, const int32_t *classes, int64_t class_count, int64_t row) {
  int64_t group = groups ? groups[row] : 0;
  return group < 0 ? -1 : group * class_count + classes[row];
}

VECTOR_CODE
void cell_sums(const int32_t *groups, const int32_t *classes, int64_t class_count, int64_t cells,
               const double *weights, int64_t from, int64_t to, double *sums) {
  /* The first element of each table is for rows without a cell. */
  double tables[TABLES][SMALL + 1];
  if (cells > SMALL) {
    for (int64_t row = from; row < to; row++) {
      int64_t cell = cell_of(groups, classes, class_count, row);
      if (cell >= 0)
        sums[cell] += weights ? weights[row] : 1;
    }
    return;
  }
  memset(tables, 0, sizeof tables);
  int64_t row = from;
  for (; row + TABLES <= to; row += TABLES)
    for (int table = 0; table < TABLES; table++) {
      int64_t cell = cell_of(groups, classes, class_count, row + table);
      tables[table][cell + 1] += weights ? weights[row + table] : 1;
    }
  for (; row < to; row++)
    tables[0][cell_of(groups, classes, class_count, row) + 1] += weights ? weights[row] : 1;
  for (int table = 0; table < TABLES; table++)
    for (int64_t cell = 0; cell < cells; cell++)
      sums[cell] += tables[table][cell + 1];
}

VECTOR_CODE
void cell_factors(const int32_t *groups, const int32_t *classes, int64_t class_count,
                  const double *weights, const double *factors, int64_t from, int64_t to,
                  double *result) {
  for (int64_t row = from; row < to; row++) {
    int64_t cell = cell_of(groups, classes, class_count, row);
    double factor = cell < 0 ? 1 : factors[cell];
    result[row] = weights ? weights[row] * factor : factor;
  }
}
