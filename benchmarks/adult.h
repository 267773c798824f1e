/* UCI Adult's official split, as its files are. */
#ifndef BENCHMARKS_ADULT_H
#define BENCHMARKS_ADULT_H

#include "timing.h"

static const char *const adult_columns =
    "{\"header\": false, \"comment\": \"|\", \"column_names\": [\"age\", \"workclass\", "
    "\"fnlwgt\", \"education\", \"education-num\", \"marital-status\", \"occupation\", "
    "\"relationship\", \"race\", \"sex\", \"capital-gain\", \"capital-loss\", \"hours-per-week\", "
    "\"native-country\", \"income\"]}";

static inline eqp_dataset *open_split(const char *folder, const char *name) {
  char path[512];
  eqp_dataset *rows = NULL;
  eqp_error *error = NULL;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  check(eqp_dataset_open(path, adult_columns, NULL, &rows, &error), error);
  return rows;
}

#endif
