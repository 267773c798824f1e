/* Applicants for the tests of models: two groups whose past decisions differ, from a fixed seed. */
#ifndef EQUIPOISE_TESTS_APPLICANTS_H
#define EQUIPOISE_TESTS_APPLICANTS_H

#include <equipoise/equipoise.h>

#include "check.h"

#define APPLICANTS 1200
#define FEATURES 3

static float applicant_features[APPLICANTS * FEATURES]; /* income, debt, proxy */

static uint32_t applicant_state = 12345;
static float applicant_uniform(void) {
  applicant_state = applicant_state * 1664525u + 1013904223u;
  return (float)(applicant_state >> 8) / 16777216.0f;
}

/* Columns income, debt, proxy (numbers), group (text), approved ("yes", "no"). */
static eqp_dataset *make_applicants(void) {
  static float columns[FEATURES][APPLICANTS];
  static const char *groups[APPLICANTS], *approved[APPLICANTS];
  static const char *const names[] = {"income", "debt", "proxy"};
  eqp_dataset *dataset = NULL;
  int row, k;
  for (row = 0; row < APPLICANTS; row++) {
    int in_b = applicant_uniform() < 0.4f;
    float income = applicant_uniform() * 4 - 2, debt = applicant_uniform() * 2 - 1;
    float worth = income - debt - (in_b ? 1.0f : 0.0f) + (applicant_uniform() - 0.5f);
    columns[0][row] = income;
    columns[1][row] = debt;
    columns[2][row] = (in_b ? 1.0f : 0.0f) + applicant_uniform();
    groups[row] = in_b ? "B" : "A";
    approved[row] = worth > 0 ? "yes" : "no";
    for (k = 0; k < FEATURES; k++)
      applicant_features[row * FEATURES + k] = columns[k][row];
  }
  SUCCEEDS(eqp_dataset_new(APPLICANTS, &dataset, &error));
  for (k = 0; k < FEATURES; k++)
    SUCCEEDS(eqp_dataset_add_f32(dataset, names[k], columns[k], NULL, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "group", groups, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "approved", approved, &error));
  return dataset;
}

static const char *const unfair_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"]},"
    " \"train\": {\"epochs\": 6, \"batch_size\": 64, \"seed\": 1, \"optimizer\": "
    "{\"learning_rate\": 0.01}}}";
static const char *const fair_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"]},"
    " \"train\": {\"epochs\": 12, \"batch_size\": 128, \"seed\": 2, \"optimizer\": "
    "{\"learning_rate\": 0.01}},"
    " \"fairness\": [{\"objective\": \"demographic_parity\", \"attribute\": \"group\", \"weight\": "
    "3}]}";

/* A model that has learnt the past decisions. */
static eqp_model *make_trained(const eqp_dataset *applicants) {
  eqp_model *untrained = NULL, *model = NULL;
  SUCCEEDS(
      eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [16, 8], \"seed\": 4}", &untrained, &error));
  SUCCEEDS(eqp_finetune(untrained, applicants, NULL, unfair_config, NULL, &model, NULL, &error));
  eqp_model_free(untrained);
  return model;
}

#endif
