/*
 * Boosted trees: one row and 10,000 rows through models that XGBoost and LightGBM wrote.
 *
 *   trees <threads> <folder with tree_models.py's files>
 */
#include "timing.h"

#include <string.h>

static float *rows_of(const char *folder, size_t count) {
  char path[512];
  float *values = malloc(count * sizeof *values);
  snprintf(path, sizeof path, "%s/tree_rows.f32", folder);
  FILE *file = fopen(path, "rb");
  if (!file || fread(values, sizeof *values, count, file) != count) {
    fprintf(stderr, "no %zu numbers in %s\n", count, path);
    exit(1);
  }
  fclose(file);
  return values;
}

static void predict(const char *folder, const char *name, const char *variant, size_t columns) {
  enum { ROWS = 10000, RUNS = 15 };
  eqp_error *error = NULL;
  eqp_model *model = NULL;
  char path[512], title[64];
  float *x = rows_of(folder, ROWS * columns), *y = malloc(ROWS * sizeof *y);
  double seconds[RUNS];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  check(eqp_model_load(path, NULL, NULL, &model, &error), error);
  for (int r = -1; r < RUNS; r++) {
    double start = now();
    for (size_t i = 0; i < ROWS; i++)
      check(eqp_predict_f32(model, x + i * columns, 1, columns, y, 1, &error), error);
    if (r >= 0)
      seconds[r] = (now() - start) / ROWS;
  }
  snprintf(title, sizeof title, "%s, 1 row", variant);
  report("trees", title, "us", seconds, RUNS, 1e6);
  for (int r = -1; r < RUNS; r++) {
    double start = now();
    check(eqp_predict_f32(model, x, ROWS, columns, y, ROWS, &error), error);
    if (r >= 0)
      seconds[r] = now() - start;
  }
  snprintf(title, sizeof title, "%s, 10000 rows", variant);
  report("trees", title, "ms", seconds, RUNS, 1e3);
  free(x);
  free(y);
  eqp_model_free(model);
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "trees <threads> <folder>\n");
    return 2;
  }
  eqp_error *error = NULL;
  check(eqp_set_threads(atoi(arguments[1]), &error), error);
  predict(arguments[2], "trees.xgboost.json", "XGBoost's model", 20);
  predict(arguments[2], "trees.lightgbm.txt", "LightGBM's model", 20);
  predict(arguments[2], "trees.categories.txt", "LightGBM, categories", 20);
  return 0;
}
