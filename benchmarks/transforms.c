/* Transforms of rows from memory: SMOTE of 32,000 rows of 100 numbers, reweighing and disparate
 * impact removal of 1 million. Arguments: threads, and a folder that is not read. */
#include "timing.h"

#include <math.h>

enum { SMOTE_ROWS = 32000, SMOTE_COLUMNS = 100, ROWS = 1000000, RUNS = 7 };

static double normal(void) {
  return sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());
}

/* Numbers whose weighted sum, with noise, determines the label: 24 of 100 rows are positive. */
static eqp_dataset *smote_rows(void) {
  eqp_error *error = NULL;
  eqp_dataset *rows = NULL;
  static float column[SMOTE_ROWS];
  static double sums[SMOTE_ROWS], sorted[SMOTE_ROWS];
  static int64_t labels[SMOTE_ROWS];
  check(eqp_dataset_new(SMOTE_ROWS, &rows, &error), error);
  for (int j = 0; j < SMOTE_COLUMNS; j++) {
    char name[8];
    double weight = normal() / sqrt(SMOTE_COLUMNS);
    for (int i = 0; i < SMOTE_ROWS; i++) {
      column[i] = (float)normal();
      sums[i] += weight * column[i];
    }
    snprintf(name, sizeof name, "x%d", j);
    check(eqp_dataset_add_f32(rows, name, column, NULL, &error), error);
  }
  for (int i = 0; i < SMOTE_ROWS; i++)
    sorted[i] = sums[i] += 0.5 * normal();
  qsort(sorted, SMOTE_ROWS, sizeof *sorted, ascending);
  for (int i = 0; i < SMOTE_ROWS; i++)
    labels[i] = sums[i] > sorted[SMOTE_ROWS - SMOTE_ROWS * 24 / 100];
  check(eqp_dataset_add_i64(rows, "y", labels, NULL, &error), error);
  return rows;
}

/* Two groups, two classes, and a number whose distribution differs by group. */
static eqp_dataset *many_rows(void) {
  eqp_error *error = NULL;
  eqp_dataset *rows = NULL;
  static double x[ROWS];
  static int64_t groups[ROWS], labels[ROWS];
  for (int i = 0; i < ROWS; i++) {
    groups[i] = uniform() < 0.4;
    labels[i] = uniform() < (groups[i] ? 0.3 : 0.5);
    x[i] = normal() + (double)groups[i];
  }
  check(eqp_dataset_new(ROWS, &rows, &error), error);
  check(eqp_dataset_add_f64(rows, "x", x, NULL, &error), error);
  check(eqp_dataset_add_i64(rows, "g", groups, NULL, &error), error);
  check(eqp_dataset_add_i64(rows, "y", labels, NULL, &error), error);
  return rows;
}

static void time_fit(const char *variant, eqp_dataset *(*make)(void), const char *config) {
  double times[RUNS];
  for (int run = 0; run < RUNS; run++) {
    eqp_error *error = NULL;
    eqp_transform *transform = NULL;
    /* Created again each time, because a dataset caches what it has computed about its columns. */
    eqp_dataset *rows = make(), *prepared = NULL;
    double start = now();
    check(eqp_transform_fit(rows, config, NULL, &transform, &prepared, NULL, &error), error);
    times[run] = now() - start;
    eqp_dataset_free(prepared);
    eqp_dataset_free(rows);
    eqp_transform_free(transform);
  }
  report("transforms", variant, "ms", times, RUNS, 1e3);
}

int main(int argc, char **argv) {
  eqp_error *error = NULL;
  check(eqp_set_threads(argc > 1 ? atoi(argv[1]) : 0, &error), error);
  time_fit("SMOTE 32,000 x 100", smote_rows,
           "{\"data\": {\"label\": \"y\"}, \"steps\": [{\"name\": \"smote\", \"scaled\": false}]}");
  time_fit("reweighing, 1 million", many_rows,
           "{\"data\": {\"label\": \"y\", \"sensitive\": [\"g\"]}, \"steps\": [{\"name\": "
           "\"reweighing\"}]}");
  time_fit("impact remover, 1 million", many_rows,
           "{\"data\": {\"label\": \"y\", \"sensitive\": [\"g\"]}, \"steps\": [{\"name\": "
           "\"disparate_impact_remover\"}]}");
  return 0;
}
