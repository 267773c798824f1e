/* Searches and their fronts. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_FRONTS_H
#define EQUIPOISE_TESTS_ARGUMENTS_FRONTS_H

#include "arguments.h"

static void fronts(void) {
  eqp_dataset *dataset = small_dataset();
  eqp_front *front = (eqp_front *)POISON;
  eqp_model *model = (eqp_model *)POISON, *base = NULL;
  char *text = (char *)POISON;
  int64_t index = 7;

  SUCCEEDS(eqp_model_new("{}", &base, &error));
  FAILS(eqp_search(NULL, dataset, NULL, "{}", NULL, &front, &error), EQP_INVALID_ARGUMENT, "base");
  CHECK(front == NULL);
  FAILS(eqp_search(base, NULL, NULL, "{}", NULL, &front, &error), EQP_INVALID_ARGUMENT, "train");
  FAILS(eqp_search(base, dataset, (const eqp_dataset *)base, "{}", NULL, &front, &error),
        EQP_INVALID_ARGUMENT, "validation");
  FAILS(eqp_search(base, dataset, NULL, "{}", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "front");
  FAILS(eqp_search(base, dataset, NULL, "{\"search\": {\"trials\": 0}}", NULL, &front, &error),
        EQP_INVALID_CONFIG, "/search/trials");
  CHECK(eqp_front_count(NULL) == -1);
  CHECK(eqp_front_count((eqp_front *)dataset) == -1);
  FAILS(eqp_front_model(NULL, 0, &model, &text, &error), EQP_INVALID_ARGUMENT, "front");
  CHECK(model == NULL && text == NULL);
  FAILS(eqp_front_model((eqp_front *)dataset, 0, &model, NULL, &error), EQP_INVALID_ARGUMENT,
        "front");
  FAILS(eqp_front_model(NULL, 0, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_front_choose(NULL, NULL, &index, &text, &error), EQP_INVALID_ARGUMENT, "front");
  CHECK(index == 0);
  FAILS(eqp_front_choose(NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "index");
  CHECK(eqp_front_describe(NULL) == NULL);
  CHECK(eqp_front_describe((eqp_front *)dataset) == NULL);
  FAILS(eqp_front_save(NULL, "front", NULL, &error), EQP_INVALID_ARGUMENT, "front");
  FAILS(eqp_front_load(NULL, NULL, &front, &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_front_load("no/such/folder", NULL, &front, &error), EQP_IO,
        "no/such/folder/front.json");
  FAILS(eqp_front_load("front", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "front");
  eqp_model_free(base);
  eqp_dataset_free(dataset);
}

#endif
