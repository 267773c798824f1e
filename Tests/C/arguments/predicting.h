/* Predictions and decisions. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_PREDICTING_H
#define EQUIPOISE_TESTS_ARGUMENTS_PREDICTING_H

#include "arguments.h"

static void predicting(void) {
  static const char *const texts[] = {"a", "b"};
  eqp_dataset *dataset = small_dataset(), *out = (eqp_dataset *)POISON;
  eqp_model *model = NULL;
  float numbers[2] = {0, 0};
  int32_t labels[1];

  SUCCEEDS(eqp_model_new("", &model, &error));
  FAILS(eqp_decide_f32(NULL, numbers, 1, 2, NULL, NULL, numbers, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_decide_f32(model, NULL, 1, 2, NULL, NULL, numbers, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "features");
  FAILS(eqp_decide_f32(model, numbers, 1, 2, NULL, NULL, NULL, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "scores");
  FAILS(eqp_decide_f32(model, numbers, 1, 2, NULL, NULL, numbers, 1, NULL, 1, &error),
        EQP_INVALID_ARGUMENT, "labels");
  FAILS(eqp_decide_f32(model, numbers, 1, 2, NULL, NULL, numbers, 1, labels, HUGE_COUNT, &error),
        EQP_INVALID_ARGUMENT, "labels_count");
  FAILS(
      eqp_decide_f32(model, numbers, HUGE_COUNT / 2, 9, NULL, NULL, numbers, 1, labels, 1, &error),
      EQP_INVALID_ARGUMENT, "rows");
  FAILS(eqp_decide_f32(model, numbers, 1, 2, NULL, NULL, numbers, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_predict(NULL, dataset, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, "model");
  CHECK(out == NULL);
  FAILS(eqp_predict(model, NULL, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, "inputs");
  FAILS(eqp_predict(model, dataset, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "predictions");
  FAILS(eqp_predict(model, dataset, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, NULL);
  FAILS(eqp_predict(model, dataset, "{\"threshold\": 7}", NULL, &out, &error), EQP_INVALID_CONFIG,
        "/threshold");
  FAILS(eqp_predict_f32(NULL, numbers, 1, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_predict_f32(model, NULL, 1, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT, "features");
  FAILS(eqp_predict_f32(model, numbers, 1, 2, NULL, 1, &error), EQP_INVALID_ARGUMENT, "scores");
  FAILS(eqp_predict_f32(model, numbers, HUGE_COUNT, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT,
        "rows");
  FAILS(eqp_predict_f32(model, numbers, HUGE_COUNT / 2, 9, numbers, 1, &error),
        EQP_INVALID_ARGUMENT, "rows");
  FAILS(eqp_predict_f32(model, numbers, 1, HUGE_COUNT, numbers, 1, &error), EQP_INVALID_ARGUMENT,
        "columns");
  FAILS(eqp_predict_f32(model, numbers, 1, 2, numbers, HUGE_COUNT, &error), EQP_INVALID_ARGUMENT,
        "scores_count");
  FAILS(eqp_predict_f32(model, numbers, 1, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT, NULL);
  FAILS(eqp_predict_text(model, texts, 2, numbers, 2, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_predict_text(NULL, texts, 2, numbers, 2, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_predict_text(model, NULL, 2, numbers, 2, &error), EQP_INVALID_ARGUMENT, "texts");
  eqp_model_free(model);
  eqp_dataset_free(dataset);
}

#endif
