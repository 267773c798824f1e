/* Fine-tuning and adjustments of models. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_TUNING_H
#define EQUIPOISE_TESTS_ARGUMENTS_TUNING_H

#include "arguments.h"

static void tuning(void) {
  eqp_dataset *dataset = small_dataset();
  eqp_model *model = NULL, *tuned = (eqp_model *)POISON;
  char *report = (char *)POISON;

  SUCCEEDS(eqp_model_new("", &model, &error));
  FAILS(eqp_finetune(NULL, dataset, NULL, NULL, NULL, &tuned, &report, &error),
        EQP_INVALID_ARGUMENT, "base");
  CHECK(tuned == NULL && report == NULL);
  FAILS(eqp_finetune(model, NULL, NULL, NULL, NULL, &tuned, NULL, &error), EQP_INVALID_ARGUMENT,
        "train");
  FAILS(eqp_finetune(model, dataset, NULL, NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "tuned");
  FAILS(eqp_finetune(model, dataset, (eqp_dataset *)model, NULL, NULL, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "validation");
  FAILS(eqp_finetune(model, dataset, NULL, "{\"trian\": {}}", NULL, &tuned, NULL, &error),
        EQP_INVALID_CONFIG, "/trian");
  FAILS(eqp_finetune(model, dataset, NULL, "{\"data\": {\"label\": \"none\"}}", NULL, &tuned, NULL,
                     &error),
        EQP_INVALID_DATA, NULL);
  eqp_model_free(model);
  eqp_dataset_free(dataset);
}

static void adjusting(void) {
  eqp_dataset *dataset = small_dataset();
  eqp_model *model = NULL, *tuned = (eqp_model *)POISON;
  char *report = (char *)POISON;

  SUCCEEDS(eqp_model_new("", &model, &error));
  FAILS(eqp_model_adjust(model, NULL, "{}", NULL, &tuned, &report, &error), EQP_INVALID_ARGUMENT,
        "rows");
  CHECK(tuned == NULL && report == NULL);
  FAILS(eqp_model_adjust(model, dataset, "{}", NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "adjusted");
  FAILS(eqp_model_adjust((eqp_model *)dataset, dataset, "{}", NULL, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_adjust(NULL, (eqp_dataset *)model, "{}", NULL, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "rows");
  FAILS(eqp_model_adjust(NULL, dataset, NULL, NULL, &tuned, NULL, &error), EQP_INVALID_CONFIG,
        "/adjust");
  FAILS(eqp_model_adjust(NULL, dataset, "{\"adjust\": [{\"method\": \"x\"}]}", NULL, &tuned, NULL,
                         &error),
        EQP_INVALID_CONFIG, "/adjust/0/method");
  FAILS(eqp_model_adjust(NULL, dataset, "{\"adjust\": [{\"method\": \"thresholds\"}]}", NULL,
                         &tuned, NULL, &error),
        EQP_INVALID_CONFIG, "/data");
  FAILS(eqp_model_adjust(NULL, dataset,
                         "{\"data\": {\"label\": \"integer\"},"
                         " \"adjust\": [{\"method\": \"thresholds\"}]}",
                         NULL, &tuned, NULL, &error),
        EQP_INVALID_CONFIG, "/data/score");
  FAILS(eqp_model_adjust(model, dataset,
                         "{\"data\": {\"label\": \"integer\"},"
                         " \"adjust\": [{\"method\": \"calibration\"}]}",
                         NULL, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "model");
  CHECK(tuned == NULL);
  eqp_model_free(model);
  eqp_dataset_free(dataset);
}

#endif
