/* Endpoints. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_ENDPOINTS_H
#define EQUIPOISE_TESTS_ARGUMENTS_ENDPOINTS_H

#include "arguments.h"

static void endpoints(void) {
  static const char *const texts[] = {"a", "b"};
  eqp_dataset *dataset = small_dataset(), *out = NULL;
  eqp_model *model = NULL, *tuned = NULL;
  eqp_endpoint *endpoint = NULL;
  float numbers[2] = {0, 0};
  int32_t labels[1];

  SUCCEEDS(eqp_model_new("", &model, &error));
  FAILS(eqp_endpoint_new(NULL, &endpoint, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_endpoint_new(model, NULL, &error), EQP_INVALID_ARGUMENT, "endpoint");
  FAILS(eqp_endpoint_swap(NULL, model, &error), EQP_INVALID_ARGUMENT, "endpoint");
  FAILS(eqp_endpoint_swap((eqp_endpoint *)model, model, &error), EQP_INVALID_ARGUMENT, "endpoint");
  FAILS(eqp_endpoint_model(NULL, &tuned, &error), EQP_INVALID_ARGUMENT, "endpoint");
  FAILS(eqp_endpoint_predict(NULL, dataset, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT,
        "endpoint");
  FAILS(eqp_endpoint_predict_f32(NULL, numbers, 1, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT,
        "endpoint");
  FAILS(eqp_endpoint_predict_text(NULL, texts, 2, numbers, 2, &error), EQP_INVALID_ARGUMENT,
        "endpoint");
  FAILS(eqp_endpoint_decide_f32(NULL, numbers, 1, 2, NULL, NULL, numbers, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "endpoint");
  eqp_endpoint_free(NULL);
  eqp_endpoint_free((eqp_endpoint *)model);
  eqp_model_free(model);
  eqp_dataset_free(dataset);
}

#endif
