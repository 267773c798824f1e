/* Models: new, loaded, saved, parameters. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_MODELS_H
#define EQUIPOISE_TESTS_ARGUMENTS_MODELS_H

#include "arguments.h"

static void models(void) {
  static const char *const texts[] = {"a", "b"};
  eqp_dataset *dataset = small_dataset();
  eqp_model *model = (eqp_model *)POISON, *tuned = NULL;
  float numbers[2] = {0, 0};
  const float *arrays[1];
  size_t lengths[1], count = 7;
  void *bytes = POISON;

  arrays[0] = numbers;
  lengths[0] = 2;
  CHECK(eqp_model_describe(NULL) == NULL);
  FAILS(eqp_model_load(NULL, NULL, NULL, &model, &error), EQP_INVALID_ARGUMENT, "path");
  CHECK(model == NULL);
  FAILS(eqp_model_load("none.onnx", NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_load("none.onnx", NULL, NULL, &model, &error), EQP_IO, NULL);
  FAILS(eqp_model_load("none", NULL, NULL, &model, &error), EQP_IO, NULL);
  FAILS(eqp_model_load("none.onnx", "{\"key\": 3}", NULL, &model, &error), EQP_INVALID_CONFIG,
        "/key");
  FAILS(eqp_model_new(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_new("{\"kind\": \"mpl\"}", &model, &error), EQP_INVALID_CONFIG, "/kind");
  FAILS(eqp_model_new("{\"hidden\": [0]}", &model, &error), EQP_INVALID_CONFIG, "/hidden/0");
  FAILS(eqp_model_new("{\"hidden\": [-1]}", &model, &error), EQP_INVALID_CONFIG, "/hidden/0");
  FAILS(eqp_model_new("{\"hidden\": [1e300]}", &model, &error), EQP_INVALID_CONFIG, NULL);
  SUCCEEDS(eqp_model_new("", &model, &error));
  FAILS(eqp_model_save(NULL, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_save(model, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_model_save((eqp_model *)dataset, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "model");
  FAILS(eqp_model_save(model, "/no/such/folder/x.onnx", NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        NULL);
  FAILS(eqp_model_parameter_f32(NULL, "x", numbers, 2, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_parameter_f32(model, "x", numbers, 2, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_with_parameters(NULL, texts, arrays, lengths, 1, &tuned, &error),
        EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_with_parameters(model, NULL, arrays, lengths, 1, &tuned, &error),
        EQP_INVALID_ARGUMENT, "names");
  FAILS(eqp_model_with_parameters(model, texts, NULL, lengths, 1, &tuned, &error),
        EQP_INVALID_ARGUMENT, "values");
  FAILS(eqp_model_with_parameters(model, texts, arrays, NULL, 1, &tuned, &error),
        EQP_INVALID_ARGUMENT, "lengths");
  FAILS(eqp_model_with_parameters(model, texts, arrays, lengths, HUGE_COUNT, &tuned, &error),
        EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_model_with_parameters(model, texts, arrays, lengths, 1, NULL, &error),
        EQP_INVALID_ARGUMENT, "changed");
  CHECK(tuned == NULL);
  FAILS(eqp_model_load_memory(NULL, 1, NULL, NULL, &tuned, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_model_load_memory("x", HUGE_COUNT, NULL, NULL, &tuned, &error), EQP_INVALID_ARGUMENT,
        "count");
  FAILS(eqp_model_load_memory("x", 1, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_load_memory("x", 1, "{\"key\": 3}", NULL, &tuned, &error), EQP_INVALID_CONFIG,
        "/key");
  FAILS(eqp_model_save_memory(NULL, NULL, NULL, &bytes, &count, &error), EQP_INVALID_ARGUMENT,
        "model");
  CHECK(bytes == NULL && count == 0);
  FAILS(eqp_model_save_memory(model, NULL, NULL, NULL, &count, &error), EQP_INVALID_ARGUMENT,
        "bytes");
  FAILS(eqp_model_save_memory(model, NULL, NULL, &bytes, NULL, &error), EQP_INVALID_ARGUMENT,
        "count");
  /* A handle of another kind is not released. */
  eqp_dataset_free((eqp_dataset *)model);
  eqp_model_free((eqp_model *)dataset);
  CHECK(eqp_dataset_rows(dataset) == 2);
  eqp_model_free(model);
  eqp_dataset_free(dataset);
}

#endif
