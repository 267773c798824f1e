/*
 * A ResNet-18 on 224 × 224 images, from the ONNX file that peers/images.py exported: loading it,
 * predicting 1 and 8 images, and an epoch of fine-tuning with frozen statistics in batches of 16.
 *
 *   images <threads> <folder for data>
 */
#include "timing.h"

#include <string.h>

enum { WIDTH = 3 * 224 * 224, IMAGES = 64, CLASSES = 1000 };

static void load(const char *path) {
  double seconds[7], reading[7];
  for (int r = -1; r < 7; r++) {
    eqp_error *error = NULL;
    eqp_model *model = NULL;
    double start = now();
    check(eqp_model_load(path, NULL, NULL, &model, &error), error);
    if (r >= 0)
      seconds[r] = now() - start;
    eqp_model_free(model);
    start = now();
    FILE *file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    char *bytes = malloc(size);
    rewind(file);
    if (fread(bytes, 1, size, file) != size)
      exit(1);
    fclose(file);
    free(bytes);
    if (r >= 0)
      reading[r] = now() - start;
  }
  report("images", "load", "ms", seconds, 7, 1e3);
  report_of("reading the file", "images", "load", "ms", reading, 7, 1e3);
}

static void predict(const eqp_model *model, const float *x) {
  static const int sizes[] = {1, 8};
  float *y = malloc(8 * CLASSES * sizeof *y);
  for (int s = 0; s < 2; s++) {
    double seconds[15];
    char variant[32];
    size_t rows = (size_t)sizes[s];
    eqp_error *error = NULL;
    for (int r = -2; r < 15; r++) {
      double start = now();
      check(eqp_predict_f32(model, x, rows, WIDTH, y, rows * CLASSES, &error), error);
      if (r >= 0)
        seconds[r] = now() - start;
    }
    snprintf(variant, sizeof variant, "predict %d", sizes[s]);
    report("images", variant, "ms", seconds, 15, 1e3);
  }
  free(y);
}

/* Milliseconds per step of 16 images, from the report. */
static void train(const eqp_model *model, const float *x) {
  eqp_error *error = NULL;
  eqp_dataset *rows = NULL, *few = NULL;
  eqp_model *tuned = NULL;
  char *text = NULL;
  int64_t shape[] = {3, 224, 224}, labels[IMAGES];
  for (int i = 0; i < IMAGES; i++)
    labels[i] = i * 15;
  check(eqp_dataset_new(IMAGES, &rows, &error), error);
  check(eqp_dataset_add_tensor(rows, "image", x, shape, 3, &error), error);
  check(eqp_dataset_add_i64(rows, "label", labels, NULL, &error), error);
  check(eqp_dataset_new(2, &few, &error), error);
  check(eqp_dataset_add_tensor(few, "image", x, shape, 3, &error), error);
  check(eqp_dataset_add_i64(few, "label", labels, NULL, &error), error);
  check(
      eqp_finetune(
          model, rows, few,
          "{\"task\": \"multiclass\", \"data\": {\"label\": \"label\"}, \"train\": {\"epochs\": 6, "
          "\"batch_size\": 16, \"optimizer\": {\"name\": \"sgd\", \"learning_rate\": 1e-3}}}",
          NULL, &tuned, &text, &error),
      error);
  double seconds[6];
  int count = 0;
  for (const char *at = strstr(text, "\"history\""); count < 6 && at; at++) {
    at = strstr(at, "\"rows_per_second\"");
    if (!at)
      break;
    seconds[count++] = 16 / atof(at + strlen("\"rows_per_second\":"));
  }
  report("images", "train 16", "ms", seconds + 1, count - 1, 1e3); /* the first warms up */
  eqp_free(text);
  eqp_model_free(tuned);
  eqp_dataset_free(few);
  eqp_dataset_free(rows);
}

int main(int count, char **arguments) {
  if (count != 3)
    return 2;
  eqp_error *error = NULL;
  eqp_model *model = NULL;
  char path[512];
  check(eqp_set_threads(atoi(arguments[1]), &error), error);
  snprintf(path, sizeof path, "%s/resnet18.onnx", arguments[2]);
  load(path);
  check(eqp_model_load(path, "{\"output\": \"logits\"}", NULL, &model, &error), error);
  float *x = malloc((size_t)IMAGES * WIDTH * sizeof *x);
  for (size_t i = 0; i < (size_t)IMAGES * WIDTH; i++)
    x[i] = (float)(uniform() * 2 - 1);
  predict(model, x);
  train(model, x);
  free(x);
  eqp_model_free(model);
  return 0;
}
