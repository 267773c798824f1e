/*
 * The library's side of the benchmarks: each case is timed in this process and printed as JSON
 * lines (timing.h). run.py runs it and the peers, and makes the table. The audits are in audits.c.
 *
 *   cases <case> <threads> <folder for data>
 */
#include "timing.h"

#include <math.h>
#include <string.h>

enum { ROWS = 32561, COLUMNS = 100 };

/* 100 standardized columns, 24% positive labels, and a group with 33% of the rows. */
static eqp_dataset *table(void) {
  eqp_error *error = NULL;
  eqp_dataset *dataset = NULL;
  float *column = malloc(ROWS * sizeof *column);
  int64_t *codes = malloc(ROWS * sizeof *codes);
  char name[16];
  check(eqp_dataset_new(ROWS, &dataset, &error), error);
  for (int j = 0; j < COLUMNS; j++) {
    for (int i = 0; i < ROWS; i++)
      column[i] = (float)((uniform() - 0.5) * 3.46);
    snprintf(name, sizeof name, "x%d", j);
    check(eqp_dataset_add_f32(dataset, name, column, NULL, &error), error);
  }
  for (int i = 0; i < ROWS; i++)
    codes[i] = uniform() < 0.24;
  check(eqp_dataset_add_i64(dataset, "y", codes, NULL, &error), error);
  for (int i = 0; i < ROWS; i++)
    codes[i] = uniform() < 0.33;
  check(eqp_dataset_add_i64(dataset, "z", codes, NULL, &error), error);
  free(column);
  free(codes);
  return dataset;
}

/* The network 100-64-32-1, trained for `epochs` epochs with the gap penalty; its report. */
static eqp_model *train(const eqp_dataset *rows, int batch, int epochs, char **text) {
  eqp_error *error = NULL;
  eqp_model *fresh = NULL, *tuned = NULL;
  char config[512];
  snprintf(config, sizeof config,
           "{\"data\": {\"label\": \"y\", \"sensitive\": [\"z\"]},"
           " \"encoding\": {\"scale\": \"none\"},"
           " \"train\": {\"epochs\": %d, \"batch_size\": %d,"
           "   \"optimizer\": {\"name\": \"sgd\", \"learning_rate\": 0.01}},"
           " \"fairness\": [{\"objective\": \"demographic_parity\", \"on\": \"logit\","
           "                 \"weight\": 1.0}]}",
           epochs, batch);
  check(eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [64, 32]}", &fresh, &error), error);
  check(eqp_finetune(fresh, rows, rows, config, NULL, &tuned, text, &error), error);
  eqp_model_free(fresh);
  return tuned;
}

/* Seconds per epoch, from the report (rows_per_second of each epoch). */
static void fair_epoch(void) {
  eqp_dataset *rows = table();
  static const int batches[] = {256, 32};
  for (int b = 0; b < 2; b++) {
    char *text = NULL, variant[32];
    double seconds[15];
    int count = 0;
    eqp_model_free(train(rows, batches[b], 15, &text));
    for (const char *at = strstr(text, "\"history\""); count < 15 && at;) {
      at = strstr(at, "\"rows_per_second\"");
      if (!at)
        break;
      seconds[count++] = ROWS / atof(at + strlen("\"rows_per_second\":"));
      at++;
    }
    snprintf(variant, sizeof variant, "batch %d", batches[b]);
    report("fair_epoch", variant, "ms", seconds + 1, count - 1, 1e3); /* the first warms up */
    eqp_free(text);
  }
  eqp_dataset_free(rows);
}

static void predict(const char *folder) {
  eqp_error *error = NULL;
  eqp_model *model = NULL;
  char path[512];
  static const int sizes[] = {1, 32, 1024};
  snprintf(path, sizeof path, "%s/mlp.onnx", folder);
  check(eqp_model_load(path, NULL, NULL, &model, &error), error);
  for (int s = 0; s < 3; s++) {
    size_t rows = (size_t)sizes[s];
    int rounds = rows > 100 ? 400 : 20000;
    float *x = malloc(rows * COLUMNS * sizeof *x), *y = malloc(rows * sizeof *y);
    double seconds[15];
    char variant[32];
    for (size_t i = 0; i < rows * COLUMNS; i++)
      x[i] = (float)((i * 37) % 101) / 50.0f - 1.0f;
    for (int r = -1; r < 15; r++) {
      double start = now();
      for (int i = 0; i < rounds; i++)
        check(eqp_predict_f32(model, x, rows, COLUMNS, y, rows, &error), error);
      if (r >= 0)
        seconds[r] = (now() - start) / rounds;
    }
    snprintf(variant, sizeof variant, "%zu rows", rows);
    report("predict", variant, "us", seconds, 15, 1e6);
    free(x);
    free(y);
  }
  eqp_model_free(model);
}

static void csv(const char *folder) {
  static const char *const files[] = {"numbers.csv", "text.csv", "mixed.csv"};
  for (int f = 0; f < 3; f++) {
    char path[512];
    double seconds[7];
    snprintf(path, sizeof path, "%s/%s", folder, files[f]);
    for (int r = -1; r < 7; r++) {
      eqp_error *error = NULL;
      eqp_dataset *rows = NULL;
      double start = now();
      check(eqp_dataset_open(path, NULL, NULL, &rows, &error), error);
      if (r >= 0)
        seconds[r] = now() - start;
      eqp_dataset_free(rows);
    }
    report("csv", files[f], "ms", seconds, 7, 1e3);
  }
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "cases <fair_epoch|predict|csv> <threads> <folder>\n");
    return 2;
  }
  eqp_error *error = NULL;
  check(eqp_set_threads(atoi(arguments[2]), &error), error);
  if (!strcmp(arguments[1], "fair_epoch"))
    fair_epoch();
  else if (!strcmp(arguments[1], "predict"))
    predict(arguments[3]);
  else if (!strcmp(arguments[1], "csv"))
    csv(arguments[3]);
  else
    return 2;
  return 0;
}
