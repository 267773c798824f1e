/* Auditors. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_AUDITORS_H
#define EQUIPOISE_TESTS_ARGUMENTS_AUDITORS_H

#include "arguments.h"

static void auditors(void) {
  eqp_dataset *dataset = small_dataset();
  eqp_auditor *auditor = (eqp_auditor *)POISON;
  char *text = NULL;
  void *bytes = POISON;
  size_t count = 7;

  FAILS(eqp_auditor_new("{}", &auditor, &error), EQP_INVALID_CONFIG, "/data");
  CHECK(auditor == NULL);
  FAILS(eqp_auditor_new(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  FAILS(eqp_auditor_update(NULL, dataset, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  FAILS(eqp_auditor_update((eqp_auditor *)dataset, dataset, NULL, &error), EQP_INVALID_ARGUMENT,
        "auditor");
  FAILS(eqp_auditor_merge(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  FAILS(eqp_auditor_save(NULL, &bytes, &count, &error), EQP_INVALID_ARGUMENT, "auditor");
  CHECK(bytes == NULL && count == 0);
  FAILS(eqp_auditor_save(NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_auditor_restore(NULL, 0, &auditor, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_auditor_restore("x", HUGE_COUNT, &auditor, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_auditor_restore("x", 1, &auditor, &error), EQP_INTEGRITY, NULL);
  FAILS(eqp_auditor_update_arrow(NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  text = (char *)POISON;
  FAILS(eqp_auditor_report(NULL, NULL, &text, &error), EQP_INVALID_ARGUMENT, "auditor");
  CHECK(text == NULL);
  FAILS(eqp_auditor_subtract(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  eqp_dataset_free(dataset);
}

#endif
