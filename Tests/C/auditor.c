/*
 * An audit in parts equals the audit of all rows: in batches, with merged auditors of several
 * threads, and with auditors saved as bytes. Changed bytes are refused.
 */
#include "applicants.h"

#include <pthread.h>

static const char *const audit_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": \"decision\", "
    "\"sensitive\": [\"group\"]}}";
static const char *const score_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"score\": \"score\", "
    "\"sensitive\": [\"group\"]}, \"metrics\": [\"auc\", \"log_loss\"]}";

static const char *const weighted_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": \"decision\", "
    "\"weight\": \"weight\", \"sensitive\": [\"group\"]}}";
static const char *const regression_config =
    "{\"task\": \"regression\", \"data\": {\"label\": \"income\", \"prediction\": \"score\", "
    "\"sensitive\": [\"group\"]}}";

#define BATCHES 6

static eqp_dataset *batches[BATCHES];

/* The report without its provenance, the only part that may differ; must be freed. */
static char *findings(char *report) {
  char *end = report ? strstr(report, "\"provenance\"") : NULL;
  CHECK(end != NULL);
  if (end)
    *end = '\0';
  return report;
}

static char *whole(const eqp_dataset *dataset, const char *config) {
  char *report = NULL;
  SUCCEEDS(eqp_audit(NULL, dataset, NULL, config, NULL, &report, &error));
  return findings(report);
}

static char *reported(const eqp_auditor *auditor) {
  char *report = NULL;
  SUCCEEDS(eqp_auditor_report(auditor, NULL, &report, &error));
  return findings(report);
}

/* The number after the first `key` in a report. */
static double number(const char *report, const char *key) {
  const char *found = report ? strstr(report, key) : NULL;
  CHECK(found != NULL);
  return found ? strtod(found + strlen(key), NULL) : 0;
}

static eqp_dataset *make_decisions(void) {
  eqp_dataset *dataset = make_applicants();
  static float scores[APPLICANTS], weights[APPLICANTS];
  static const char *decisions[APPLICANTS];
  int row;
  for (row = 0; row < APPLICANTS; row++) {
    scores[row] = (applicant_features[row * FEATURES] + 2) / 4;
    weights[row] = 0.1f + 3 * applicant_features[row * FEATURES + 2];
    decisions[row] = scores[row] > 0.6f ? "yes" : "no";
  }
  SUCCEEDS(eqp_dataset_add_f32(dataset, "score", scores, NULL, &error));
  SUCCEEDS(eqp_dataset_add_f32(dataset, "weight", weights, NULL, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "decision", decisions, &error));
  return dataset;
}

struct share {
  eqp_auditor *auditor;
  int first;
};

static void *count_share(void *context) {
  struct share *share = context;
  int index;
  for (index = share->first; index < BATCHES; index += 2)
    SUCCEEDS(eqp_auditor_update(share->auditor, batches[index], NULL, &error));
  return NULL;
}

static void parts_equal_the_whole(const eqp_dataset *dataset) {
  struct share shares[2];
  pthread_t threads[2];
  eqp_auditor *restored = NULL, *shared = NULL;
  void *bytes = NULL;
  size_t count = 0;
  char *expected = whole(dataset, audit_config), *found;
  int index;
  /* Two threads with one auditor each. */
  for (index = 0; index < 2; index++) {
    SUCCEEDS(eqp_auditor_new(audit_config, &shares[index].auditor, &error));
    shares[index].first = index;
    CHECK(pthread_create(&threads[index], NULL, count_share, &shares[index]) == 0);
  }
  for (index = 0; index < 2; index++)
    pthread_join(threads[index], NULL);
  /* One of them is saved and restored. */
  SUCCEEDS(eqp_auditor_save(shares[1].auditor, &bytes, &count, &error));
  eqp_auditor_free(shares[1].auditor);
  SUCCEEDS(eqp_auditor_restore(bytes, count, &restored, &error));
  SUCCEEDS(eqp_auditor_merge(shares[0].auditor, restored, &error));
  found = reported(shares[0].auditor);
  CHECK(strcmp(found, expected) == 0);
  eqp_free(found);
  /* Both threads use one auditor. */
  SUCCEEDS(eqp_auditor_new(audit_config, &shared, &error));
  for (index = 0; index < 2; index++) {
    struct share share = {NULL, 0};
    share.auditor = shared;
    share.first = index;
    eqp_auditor_free(index == 0 ? shares[0].auditor : restored);
    shares[index] = share;
    CHECK(pthread_create(&threads[index], NULL, count_share, &shares[index]) == 0);
  }
  for (index = 0; index < 2; index++)
    pthread_join(threads[index], NULL);
  found = reported(shared);
  CHECK(strcmp(found, expected) == 0);
  eqp_free(found);
  eqp_auditor_free(shared);
  eqp_free(expected);
  /* A change of any byte is detected. */
  for (index = 0; index < (int)count; index += 97) {
    ((unsigned char *)bytes)[index] ^= 4;
    FAILS(eqp_auditor_restore(bytes, count, &restored, &error), EQP_INTEGRITY, NULL);
    ((unsigned char *)bytes)[index] ^= 4;
    FAILS(eqp_auditor_restore(bytes, (size_t)index, &restored, &error), EQP_INTEGRITY, NULL);
    CHECK(restored == NULL);
  }
  eqp_free(bytes);
}

static void scores_are_within_their_bound(const eqp_dataset *dataset) {
  char *expected = whole(dataset, score_config), *found = NULL;
  eqp_auditor *auditor = NULL;
  double bound, difference;
  int index;
  SUCCEEDS(eqp_auditor_new(score_config, &auditor, &error));
  for (index = 0; index < BATCHES; index++)
    SUCCEEDS(eqp_auditor_update(auditor, batches[index], NULL, &error));
  found = reported(auditor);
  bound = number(found, "\"auc_error_at_most\": ");
  CHECK(bound > 0 && bound < 0.001);
  difference = number(found, "\"auc\": ") - number(expected, "\"auc\": ");
  CHECK(difference <= bound && -difference <= bound);
  difference = number(found, "\"log_loss\": ") - number(expected, "\"log_loss\": ");
  CHECK(difference < 1e-12 && -difference < 1e-12);
  printf("note: auc within %g of the exact one, said to be within %g\n",
         difference < 0 ? -difference : difference, bound);
  eqp_free(found);
  eqp_free(expected);
  eqp_auditor_free(auditor);
}

/* Six batches minus the last three are the first three; a batch minus itself is empty. */
static void windows_move_on(const eqp_dataset *dataset, const char *config) {
  eqp_auditor *all = NULL, *gone = NULL, *left = NULL, *other = NULL;
  static const char *const pointers[] = {"/overall/accuracy",
                                         "/overall/selection_rate",
                                         "/overall/count",
                                         "/overall/log_loss",
                                         "/overall/auc",
                                         "/overall/mae",
                                         "/overall/mse",
                                         "/overall/r2",
                                         "/attributes/0/groups/1/metrics/count",
                                         "/attributes/0/groups/0/metrics/r2",
                                         "/attributes/0/groups/1/metrics/tpr",
                                         "/attributes/0/gaps/mae/difference",
                                         "/attributes/0/gaps/tpr/difference"};
  int compared = 0;
  char *found, *expected;
  double one, two;
  int index;
  SUCCEEDS(eqp_auditor_new(config, &all, &error));
  SUCCEEDS(eqp_auditor_new(config, &gone, &error));
  SUCCEEDS(eqp_auditor_new(config, &left, &error));
  for (index = 0; index < BATCHES; index++) {
    SUCCEEDS(eqp_auditor_update(all, batches[index], NULL, &error));
    SUCCEEDS(eqp_auditor_update(index < BATCHES / 2 ? left : gone, batches[index], NULL, &error));
  }
  SUCCEEDS(eqp_auditor_subtract(all, gone, &error));
  found = reported(all);
  expected = reported(left);
  if (config == audit_config) {
    CHECK(strcmp(found, expected) == 0);
  }
  eqp_free(found);
  eqp_free(expected);
  SUCCEEDS(eqp_auditor_report(all, NULL, &found, &error));
  SUCCEEDS(eqp_auditor_report(left, NULL, &expected, &error));
  for (index = 0; index < (int)(sizeof pointers / sizeof pointers[0]); index++)
    if (eqp_report_number(expected, pointers[index], &two, NULL) == EQP_OK) {
      SUCCEEDS(eqp_report_number(found, pointers[index], &one, &error));
      CHECK(one - two < 1e-9 && two - one < 1e-9);
      compared++;
    }
  CHECK(compared >= 2);
  eqp_free(found);
  eqp_free(expected);
  /* Rows that the auditor does not have cannot be subtracted, and the sums do not change. */
  FAILS(eqp_auditor_subtract(all, gone, &error), EQP_INVALID_ARGUMENT, "other");
  SUCCEEDS(eqp_auditor_new("{\"data\": {\"label\": \"approved\", \"prediction\": \"decision\"}}",
                           &other, &error));
  SUCCEEDS(eqp_auditor_update(other, dataset, NULL, &error));
  FAILS(eqp_auditor_subtract(all, other, &error), EQP_INVALID_ARGUMENT, "other");
  SUCCEEDS(eqp_auditor_subtract(all, left, &error));
  FAILS(eqp_auditor_report(all, NULL, &found, &error), EQP_INVALID_DATA, NULL);
  eqp_auditor_free(other);
  eqp_auditor_free(left);
  eqp_auditor_free(gone);
  eqp_auditor_free(all);
}

/* A row's block depends on its place among all rows, so that the same row may have two blocks. */
static void blocks_do_not_subtract(void) {
  static const char *const config =
      "{\"task\": \"regression\", \"intervals\": {}, \"data\": {\"label\": \"income\", "
      "\"prediction\": \"score\", \"sensitive\": [\"group\"]}}";
  eqp_auditor *one = NULL, *two = NULL;
  SUCCEEDS(eqp_auditor_new(config, &one, &error));
  SUCCEEDS(eqp_auditor_new(config, &two, &error));
  SUCCEEDS(eqp_auditor_update(one, batches[0], NULL, &error));
  SUCCEEDS(eqp_auditor_update(two, batches[0], NULL, &error));
  FAILS(eqp_auditor_subtract(one, two, &error), EQP_UNSUPPORTED, "other");
  eqp_auditor_free(one);
  eqp_auditor_free(two);
}

/* An auditor filled by a model reports the same as the audit of the model. */
static void a_model_decides(const eqp_dataset *dataset) {
  static const char *const config =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"]}, "
      "\"metrics\": [\"accuracy\", \"selection_rate\", \"tpr\", \"count\"]}";
  eqp_model *model = make_trained(dataset);
  eqp_auditor *auditor = NULL;
  char *found, *expected = NULL;
  int index;
  SUCCEEDS(eqp_auditor_new(config, &auditor, &error));
  /* There are no decisions. */
  FAILS(eqp_auditor_update(auditor, batches[0], NULL, &error), EQP_INVALID_CONFIG, "/data");
  for (index = 0; index < BATCHES; index++)
    SUCCEEDS(eqp_auditor_update_model(auditor, model, batches[index], NULL, &error));
  SUCCEEDS(eqp_audit(model, dataset, NULL, config, NULL, &expected, &error));
  found = reported(auditor);
  *strstr(found, "\"sketch\"") = '\0';
  CHECK(strncmp(found, expected, strlen(found)) == 0);
  eqp_free(found);
  eqp_free(expected);
  FAILS(eqp_auditor_update_model(auditor, NULL, dataset, NULL, &error), EQP_INVALID_ARGUMENT,
        "model");
  FAILS(eqp_auditor_update_model(NULL, model, dataset, NULL, &error), EQP_INVALID_ARGUMENT,
        "auditor");
  eqp_auditor_free(auditor);
  eqp_model_free(model);
}

static void what_does_not_fit(const eqp_dataset *dataset) {
  eqp_auditor *auditor = NULL, *other = NULL;
  char *report = NULL, config[400];
  int index;
  SUCCEEDS(eqp_auditor_new(audit_config, &auditor, &error));
  FAILS(eqp_auditor_report(auditor, NULL, &report, &error), EQP_INVALID_DATA, NULL);
  SUCCEEDS(eqp_auditor_merge(auditor, auditor, &error));
  SUCCEEDS(eqp_auditor_update(auditor, dataset, NULL, &error));
  SUCCEEDS(eqp_auditor_new(score_config, &other, &error));
  SUCCEEDS(eqp_auditor_update(other, dataset, NULL, &error));
  FAILS(eqp_auditor_merge(auditor, other, &error), EQP_INVALID_ARGUMENT, NULL);
  eqp_auditor_free(other);
  /* Histograms with other bins would invalidate the stated bound, other thresholds the rates. */
  for (index = 0; index < 2; index++) {
    eqp_auditor *plain = NULL;
    sprintf(config, "%.*s, \"%s}", (int)strlen(score_config) - 1, score_config,
            index == 0 ? "score_bins\": 64" : "threshold\": 0.4");
    SUCCEEDS(eqp_auditor_new(score_config, &plain, &error));
    SUCCEEDS(eqp_auditor_new(config, &other, &error));
    FAILS(eqp_auditor_merge(plain, other, &error), EQP_INVALID_ARGUMENT, "other");
    SUCCEEDS(eqp_auditor_update(other, dataset, NULL, &error));
    FAILS(eqp_auditor_merge(plain, other, &error), EQP_INVALID_ARGUMENT, "other");
    eqp_auditor_free(other);
    eqp_auditor_free(plain);
  }
  FAILS(eqp_auditor_new("{\"data\": {\"label\": \"x\", \"score\": \"s\"}, \"individual\": {}}",
                        &other, &error),
        EQP_UNSUPPORTED, "/individual");
  CHECK(other == NULL);
  eqp_auditor_free(auditor);
}

int main(void) {
  eqp_dataset *dataset = make_decisions();
  int index;
  char options[200];
  (void)fair_config;
  for (index = 0; index < BATCHES; index++) {
    eqp_dataset *parts[2] = {NULL, NULL};
    /* Take a share of the remaining rows; the last batch is the rest. */
    static eqp_dataset *rest = NULL;
    const eqp_dataset *source = rest ? rest : dataset;
    sprintf(options, "{\"fractions\": [%g, %g], \"seed\": %d}", 1.0 / (BATCHES - index),
            1 - 1.0 / (BATCHES - index), index);
    if (index == BATCHES - 1) {
      batches[index] = rest;
      break;
    }
    SUCCEEDS(eqp_dataset_split(source, options, parts, 2, &error));
    eqp_dataset_free(rest);
    batches[index] = parts[0];
    rest = parts[1];
  }
  parts_equal_the_whole(dataset);
  scores_are_within_their_bound(dataset);
  windows_move_on(dataset, audit_config);
  windows_move_on(dataset, score_config);
  windows_move_on(dataset, weighted_config);
  windows_move_on(dataset, regression_config);
  blocks_do_not_subtract();
  a_model_decides(dataset);
  what_does_not_fit(dataset);
  for (index = 0; index < BATCHES; index++)
    eqp_dataset_free(batches[index]);
  eqp_dataset_free(dataset);
  return finished();
}
