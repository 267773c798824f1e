/* Audits. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_AUDITING_H
#define EQUIPOISE_TESTS_ARGUMENTS_AUDITING_H

#include "arguments.h"

static void auditing(void) {
  eqp_dataset *dataset = small_dataset();
  eqp_model *model = NULL;
  char *report = (char *)POISON;

  SUCCEEDS(eqp_model_new("", &model, &error));
  FAILS(eqp_audit(NULL, dataset, (eqp_dataset *)model, NULL, NULL, &report, &error),
        EQP_INVALID_ARGUMENT, "reference");
  FAILS(eqp_audit(NULL, dataset, dataset,
                  "{\"data\": {\"label\": \"integer\", \"prediction\": \"integer\"}, "
                  "\"baseline\": {\"kind\": \"audit\"}}",
                  NULL, &report, &error),
        EQP_INVALID_CONFIG, "/baseline");
  FAILS(eqp_audit(NULL, NULL, NULL, NULL, NULL, &report, &error), EQP_INVALID_ARGUMENT, "dataset");
  CHECK(report == NULL);
  FAILS(eqp_audit(NULL, dataset, NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "report_json");
  FAILS(eqp_audit(NULL, dataset, NULL, NULL, NULL, &report, &error), EQP_INVALID_CONFIG, "/data");
  FAILS(eqp_audit((eqp_model *)dataset, dataset, NULL, NULL, NULL, &report, &error),
        EQP_INVALID_ARGUMENT, "model");
  eqp_model_free(model);
  eqp_dataset_free(dataset);
}

#endif
