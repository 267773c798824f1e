/* Hooks of long calls, and requests to cancel them. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_HOOKS_H
#define EQUIPOISE_TESTS_ARGUMENTS_HOOKS_H

#include "arguments.h"

static void hooks_of_calls(void) {
  eqp_dataset *dataset = small_dataset(), *out = NULL;
  eqp_model *model = NULL, *tuned = NULL;
  eqp_hooks hooks;
  eqp_communicator communicator;

  SUCCEEDS(eqp_model_new("", &model, &error));
  memset(&hooks, 0, sizeof hooks);
  FAILS(eqp_finetune(model, dataset, NULL, NULL, &hooks, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "hooks.struct_size");
  hooks.struct_size = sizeof hooks;
  hooks.communicator = &communicator;
  memset(&communicator, 0, sizeof communicator);
  FAILS(eqp_finetune(model, dataset, NULL, NULL, &hooks, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "hooks.communicator.struct_size");
  communicator.struct_size = sizeof communicator;
  FAILS(eqp_finetune(model, dataset, NULL, NULL, &hooks, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "hooks.communicator");
  communicator.size = 2;
  FAILS(eqp_finetune(model, dataset, NULL, NULL, &hooks, &tuned, NULL, &error), EQP_UNSUPPORTED,
        "hooks.communicator");
  memset(&hooks, 0, sizeof hooks);
  hooks.struct_size = sizeof hooks;
  hooks.cancel = (const eqp_cancel *)dataset;
  FAILS(eqp_predict(model, dataset, NULL, &hooks, &out, &error), EQP_INVALID_ARGUMENT,
        "hooks.cancel");
  /* The size in the header of ABI 0, whose structure was shorter. */
  hooks.struct_size = 32;
  FAILS(eqp_predict(model, dataset, NULL, &hooks, &out, &error), EQP_INVALID_ARGUMENT,
        "hooks.struct_size");
  eqp_model_free(model);
  eqp_dataset_free(dataset);
}

static void requests_to_cancel(void) {
  eqp_dataset *dataset = small_dataset();

  FAILS(eqp_cancel_new(NULL, &error), EQP_INVALID_ARGUMENT, "cancel");
  CHECK(eqp_cancel_requested(NULL) == 0);
  CHECK(eqp_cancel_requested((eqp_cancel *)dataset) == 0);
  eqp_cancel_request(NULL);
  eqp_cancel_request((eqp_cancel *)dataset);
  eqp_cancel_reset(NULL);
  eqp_cancel_free(NULL);
  eqp_cancel_free((eqp_cancel *)dataset);
  eqp_dataset_free(dataset);
}

#endif
