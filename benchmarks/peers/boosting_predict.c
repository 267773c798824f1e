/*
 * Boosted trees through XGBoost's and LightGBM's own C APIs, loaded from the wheels' libraries:
 *
 *   boosting_predict <xgboost|lightgbm> <library> <model> <variant> <threads> <tree_rows.f32>
 *
 * One row at a time by the fastest call of each library, then 10,000 rows.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 10000, COLUMNS = 20, RUNS = 15, FLOAT_TYPE = 0, ROW_MAJOR = 1, NORMAL = 0 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void check(int status, const char *what) {
  if (status) {
    fprintf(stderr, "%s failed\n", what);
    exit(1);
  }
}

static void *library, *model, *fast;
static float x[ROWS * COLUMNS];
static double doubles[ROWS];

static void *find(const char *name) {
  void *function = dlsym(library, name);
  if (!function) {
    fprintf(stderr, "no %s\n", name);
    exit(1);
  }
  return function;
}

/* ---- XGBoost */

static int (*from_dense)(void *, const char *, const char *, void *, const uint64_t **, uint64_t *,
                         const float **);

static void open_xgboost(const char *path, const char *threads) {
  int (*create)(const void *, uint64_t, void **) = find("XGBoosterCreate");
  int (*load)(void *, const char *) = find("XGBoosterLoadModel");
  int (*set)(void *, const char *, const char *) = find("XGBoosterSetParam");
  check(create(NULL, 0, &model), "XGBoosterCreate");
  check(load(model, path), "XGBoosterLoadModel");
  check(set(model, "nthread", threads), "XGBoosterSetParam");
  from_dense = find("XGBoosterPredictFromDense");
}

static void predict_xgboost(const float *rows, int count) {
  char array[160];
  static const char *const how =
      "{\"type\": 0, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, "
      "\"strict_shape\": false, \"cache_id\": 0, \"missing\": NaN}";
  const uint64_t *shape;
  const float *result;
  uint64_t dimensions;
  snprintf(array, sizeof array,
           "{\"data\": [%zu, true], \"shape\": [%d, %d], \"typestr\": \"<f4\", \"version\": 3}",
           (size_t)rows, count, COLUMNS);
  check(from_dense(model, array, how, NULL, &shape, &dimensions, &result), "predict");
}

/* ---- LightGBM */

static int (*for_matrix)(void *, const void *, int, int32_t, int32_t, int, int, int, int,
                         const char *, int64_t *, double *);
static int (*for_row)(void *, const void *, int64_t *, double *);
static char options[64];

static void open_lightgbm(const char *path, const char *threads) {
  int (*load)(const char *, int *, void **) = find("LGBM_BoosterCreateFromModelfile");
  int (*prepare)(void *, int, int, int, int, int32_t, const char *, void **) =
      find("LGBM_BoosterPredictForMatSingleRowFastInit");
  int iterations;
  check(load(path, &iterations, &model), "load");
  snprintf(options, sizeof options, "num_threads=%s", threads);
  check(prepare(model, NORMAL, 0, -1, FLOAT_TYPE, COLUMNS, "num_threads=1", &fast), "prepare");
  for_row = find("LGBM_BoosterPredictForMatSingleRowFast");
  for_matrix = find("LGBM_BoosterPredictForMat");
}

static void predict_lightgbm(const float *rows, int count) {
  int64_t length;
  if (count == 1)
    check(for_row(fast, rows, &length, doubles), "predict");
  else
    check(for_matrix(model, rows, FLOAT_TYPE, count, COLUMNS, ROW_MAJOR, NORMAL, 0, -1, options,
                     &length, doubles),
          "predict");
}

static void report(const char *variant, const char *rows, const char *who, const char *unit,
                   double *values, double factor) {
  qsort(values, RUNS, sizeof *values, ascending);
  printf("{\"case\": \"trees\", \"variant\": \"%s, %s\", \"who\": \"%s\", \"unit\": \"%s\", "
         "\"median\": %.6g, \"minimum\": %.6g, \"maximum\": %.6g, \"runs\": %d}\n",
         variant, rows, who, unit, values[RUNS / 2] * factor, values[0] * factor,
         values[RUNS - 1] * factor, RUNS);
}

int main(int count, char **arguments) {
  if (count != 7)
    return 2;
  int is_xgboost = !strcmp(arguments[1], "xgboost");
  void (*predict)(const float *, int) = is_xgboost ? predict_xgboost : predict_lightgbm;
  FILE *file = fopen(arguments[6], "rb");
  library = dlopen(arguments[2], RTLD_NOW);
  if (!library || !file || fread(x, sizeof x, 1, file) != 1) {
    fprintf(stderr, "%s: %s\n", arguments[2], library ? "no rows" : dlerror());
    return 1;
  }
  (is_xgboost ? open_xgboost : open_lightgbm)(arguments[3], arguments[5]);
  double seconds[RUNS];
  for (int r = -1; r < RUNS; r++) {
    double start = now();
    for (int i = 0; i < ROWS; i++)
      predict(x + i * COLUMNS, 1);
    if (r >= 0)
      seconds[r] = (now() - start) / ROWS;
  }
  report(arguments[4], "1 row", arguments[1], "us", seconds, 1e6);
  for (int r = -1; r < RUNS; r++) {
    double start = now();
    predict(x, ROWS);
    if (r >= 0)
      seconds[r] = now() - start;
  }
  report(arguments[4], "10000 rows", arguments[1], "ms", seconds, 1e3);
  return 0;
}
