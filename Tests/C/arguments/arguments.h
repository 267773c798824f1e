/* What the checks of all handles share. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_ARGUMENTS_H
#define EQUIPOISE_TESTS_ARGUMENTS_ARGUMENTS_H

#include <equipoise/equipoise.h>

#include "../check.h"

#define HUGE_COUNT ((size_t)-1)
#define POISON ((void *)(size_t)16)

/* A dataset of two rows with a column of each kind. */
static eqp_dataset *small_dataset(void) {
  static const float numbers[] = {1, 2};
  static const int64_t integers[] = {0, 1};
  static const char *const texts[] = {"a", NULL};
  eqp_dataset *dataset = NULL;
  SUCCEEDS(eqp_dataset_new(2, &dataset, &error));
  SUCCEEDS(eqp_dataset_add_f32(dataset, "number", numbers, NULL, &error));
  SUCCEEDS(eqp_dataset_add_i64(dataset, "integer", integers, NULL, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "text", texts, &error));
  return dataset;
}

#endif
