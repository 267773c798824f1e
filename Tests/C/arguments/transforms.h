/* Transforms. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_TRANSFORMS_H
#define EQUIPOISE_TESTS_ARGUMENTS_TRANSFORMS_H

#include "arguments.h"

static void transforms(void) {
  eqp_dataset *dataset = small_dataset(), *out = (eqp_dataset *)POISON;
  eqp_transform *transform = (eqp_transform *)POISON;
  char *text = (char *)POISON;
  void *bytes = POISON;
  size_t count = 7;

  FAILS(eqp_transform_fit(NULL, "{}", NULL, &transform, &out, &text, &error), EQP_INVALID_ARGUMENT,
        "rows");
  CHECK(transform == NULL && out == NULL && text == NULL);
  FAILS(eqp_transform_fit(dataset, "{}", NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "transform");
  FAILS(eqp_transform_fit(dataset, NULL, NULL, &transform, NULL, NULL, &error), EQP_INVALID_CONFIG,
        "/steps");
  FAILS(eqp_transform_fit(dataset, "{\"steps\": [{\"name\": \"x\"}]}", NULL, &transform, NULL, NULL,
                          &error),
        EQP_INVALID_CONFIG, "/steps/0/name");
  FAILS(eqp_transform_apply(NULL, dataset, NULL, &out, &error), EQP_INVALID_ARGUMENT, "transform");
  FAILS(eqp_transform_apply((eqp_transform *)dataset, dataset, NULL, &out, &error),
        EQP_INVALID_ARGUMENT, "transform");
  FAILS(eqp_transform_apply(NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "applied");
  FAILS(eqp_transform_save(NULL, &bytes, &count, &error), EQP_INVALID_ARGUMENT, "transform");
  CHECK(bytes == NULL && count == 0);
  FAILS(eqp_transform_save(NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_transform_save(NULL, &bytes, NULL, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_transform_load(NULL, 0, &transform, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_transform_load("x", HUGE_COUNT, &transform, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_transform_load("x", 1, &transform, &error), EQP_INTEGRITY, NULL);
  FAILS(eqp_transform_load("x", 1, NULL, &error), EQP_INVALID_ARGUMENT, "transform");
  CHECK(eqp_transform_describe(NULL) == NULL);
  CHECK(eqp_transform_describe((eqp_transform *)dataset) == NULL);
  eqp_dataset_free(dataset);
}

#endif
