/*
 * Decisions that are adjusted after training: thresholds by group for a model and for another
 * system's scores; random decisions from keys; rows without an answer, sets, ranks, probable
 * groups; saving and loading; the arguments that the functions on flat arrays require and reject.
 */
#include "applicants.h"

#include <math.h>

static float scores[APPLICANTS], flat_scores[APPLICANTS];
static int32_t labels[APPLICANTS], groups[APPLICANTS];
static uint64_t keys[APPLICANTS];
static char expected[APPLICANTS];

/* Writes for each row whether its label is "yes"; returns their number. */
static int read_labels(const eqp_dataset *predictions, char *into) {
  int row, positives = 0;
  for (row = 0; row < APPLICANTS; row++) {
    const char *label = eqp_dataset_cell_text(predictions, "label", row);
    into[row] = label && strcmp(label, "yes") == 0;
    positives += into[row];
  }
  return positives;
}

static double selection_gap(const eqp_dataset *applicants, const char *decided) {
  double selected[2] = {0, 0}, count[2] = {0, 0};
  int row;
  for (row = 0; row < APPLICANTS; row++) {
    const char *group = eqp_dataset_cell_text(applicants, "group", row);
    int place = group && strcmp(group, "B") == 0;
    selected[place] += decided[row];
    count[place] += 1;
  }
  return fabs(selected[0] / count[0] - selected[1] / count[1]);
}

static const char *const parity =
    "{\"adjust\": [{\"method\": \"thresholds\", \"constraint\": \"demographic_parity\","
    " \"tolerance\": 0.01}]}";
static const char *const drawn =
    "{\"adjust\": [{\"method\": \"thresholds\", \"constraint\": \"equalized_odds\","
    " \"randomized\": true, \"key\": \"person\"}]}";

static void thresholds_by_group(const eqp_model *model, const eqp_dataset *applicants) {
  eqp_model *adjusted = NULL, *loaded = NULL;
  eqp_dataset *predictions = NULL;
  char *report = NULL, *described;
  static char again[APPLICANTS];
  double number = 0;
  int row;

  SUCCEEDS(eqp_predict(model, applicants, NULL, NULL, &predictions, &error));
  read_labels(predictions, expected);
  CHECK(selection_gap(applicants, expected) > 0.15);
  eqp_dataset_free(predictions);

  SUCCEEDS(eqp_model_adjust(model, applicants, parity, NULL, &adjusted, &report, &error));
  SUCCEEDS(eqp_report_number(report, "/decisions_changed/overall/changed", &number, &error));
  CHECK(number > 0);
  SUCCEEDS(eqp_report_render(report, "html", "adjusted.html", &error));
  eqp_free(report);
  SUCCEEDS(eqp_predict(adjusted, applicants, NULL, NULL, &predictions, &error));
  CHECK(read_labels(predictions, expected) > 100);
  CHECK(selection_gap(applicants, expected) <= 0.0100001);
  eqp_dataset_free(predictions);

  /* Group codes in the order of the description: "A", "B". */
  described = eqp_model_describe(adjusted);
  CHECK(described && strstr(described, "\"groups\":[\"A\", \"B\"]"));
  eqp_free(described);
  for (row = 0; row < APPLICANTS; row++) {
    const char *group = eqp_dataset_cell_text(applicants, "group", row);
    groups[row] = group && strcmp(group, "B") == 0;
  }
  SUCCEEDS(eqp_decide_f32(adjusted, applicant_features, APPLICANTS, FEATURES, groups, NULL, scores,
                          APPLICANTS, labels, APPLICANTS, &error));
  for (row = 0; row < APPLICANTS && labels[row] == expected[row]; row++)
    ;
  CHECK(row == APPLICANTS);
  FAILS(eqp_decide_f32(adjusted, applicant_features, APPLICANTS, FEATURES, NULL, NULL, scores,
                       APPLICANTS, labels, APPLICANTS, &error),
        EQP_INVALID_ARGUMENT, "groups");
  /* The scores do not depend on groups, so no groups are needed. */
  SUCCEEDS(eqp_predict_f32(adjusted, applicant_features, APPLICANTS, FEATURES, flat_scores,
                           APPLICANTS, &error));
  CHECK(memcmp(scores, flat_scores, sizeof scores) == 0);

  SUCCEEDS(eqp_model_save(adjusted, "adjusted", NULL, NULL, &error));
  SUCCEEDS(eqp_model_load("adjusted", NULL, NULL, &loaded, &error));
  SUCCEEDS(eqp_predict(loaded, applicants, NULL, NULL, &predictions, &error));
  read_labels(predictions, again);
  CHECK(memcmp(again, expected, sizeof expected) == 0);
  eqp_dataset_free(predictions);
  eqp_model_free(loaded);
  eqp_model_free(adjusted);
}

static void drawn_decisions(const eqp_model *model, eqp_dataset *applicants) {
  eqp_model *adjusted = NULL;
  eqp_dataset *predictions = NULL;
  static int64_t people[APPLICANTS];
  int row;

  for (row = 0; row < APPLICANTS; row++) {
    people[row] = 1000003 * (int64_t)row - 500;
    keys[row] = (uint64_t)people[row];
  }
  SUCCEEDS(eqp_dataset_add_i64(applicants, "person", people, NULL, &error));
  SUCCEEDS(eqp_model_adjust(model, applicants, drawn, NULL, &adjusted, NULL, &error));
  SUCCEEDS(eqp_predict(adjusted, applicants, NULL, NULL, &predictions, &error));
  read_labels(predictions, expected);
  SUCCEEDS(eqp_decide_f32(adjusted, applicant_features, APPLICANTS, FEATURES, groups, keys, scores,
                          APPLICANTS, labels, APPLICANTS, &error));
  for (row = 0; row < APPLICANTS && labels[row] == expected[row]; row++)
    ;
  CHECK(row == APPLICANTS);
  FAILS(eqp_decide_f32(adjusted, applicant_features, APPLICANTS, FEATURES, groups, NULL, scores,
                       APPLICANTS, labels, APPLICANTS, &error),
        EQP_INVALID_ARGUMENT, "keys");
  eqp_dataset_free(predictions);
  eqp_model_free(adjusted);
}

/* The model's scores are passed as another system's; the learnt thresholds are the same. */
static void given_scores(const eqp_model *model, const eqp_dataset *applicants) {
  static const char *const config =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"score\": \"score\","
      " \"sensitive\": [\"group\"]}, \"adjust\": [{\"method\": \"thresholds\", \"tolerance\": "
      "0.01}]}";
  eqp_dataset *scored = NULL, *first = NULL, *second = NULL;
  eqp_model *adjusted = NULL, *given = NULL, *none = NULL;
  static char again[APPLICANTS];

  SUCCEEDS(eqp_predict(model, applicants, "{\"keep\": [\"group\", \"approved\"]}", NULL, &scored,
                       &error));
  SUCCEEDS(eqp_model_adjust(model, applicants, parity, NULL, &adjusted, NULL, &error));
  SUCCEEDS(eqp_model_adjust(NULL, scored, config, NULL, &given, NULL, &error));
  SUCCEEDS(eqp_predict(adjusted, applicants, NULL, NULL, &first, &error));
  SUCCEEDS(eqp_predict(given, scored, NULL, NULL, &second, &error));
  read_labels(first, expected);
  read_labels(second, again);
  CHECK(memcmp(again, expected, sizeof expected) == 0);
  FAILS(eqp_finetune(given, scored, NULL, config, NULL, &none, NULL, &error), EQP_INVALID_CONFIG,
        "/adjust");
  FAILS(eqp_model_save(given, "given.onnx", NULL, NULL, &error), EQP_UNSUPPORTED, "given.onnx");
  CHECK(none == NULL);
  eqp_dataset_free(scored);
  eqp_dataset_free(first);
  eqp_dataset_free(second);
  eqp_model_free(adjusted);
  eqp_model_free(given);
}

/* Rows without an answer have no label, and -1 without a dataset; audits count them. */
static void withheld_decisions(const eqp_model *model, const eqp_dataset *applicants) {
  static const char *const config =
      "{\"adjust\": [{\"method\": \"calibrated_equalized_odds\", \"cost\": \"fpr\", \"key\":"
      " \"person\"}, {\"method\": \"abstention\", \"coverage\": 0.75}]}";
  eqp_model *adjusted = NULL;
  eqp_dataset *predictions = NULL;
  char *report = NULL;
  double rows = 0, answered = 0;
  int row, missing = 0;

  SUCCEEDS(eqp_model_adjust(model, applicants, config, NULL, &adjusted, NULL, &error));
  SUCCEEDS(eqp_predict(adjusted, applicants, NULL, NULL, &predictions, &error));
  SUCCEEDS(eqp_decide_f32(adjusted, applicant_features, APPLICANTS, FEATURES, groups, keys, scores,
                          APPLICANTS, labels, APPLICANTS, &error));
  for (row = 0; row < APPLICANTS; row++) {
    const char *label = eqp_dataset_cell_text(predictions, "label", row);
    CHECK((label == NULL || *label == 0) == (labels[row] == -1));
    missing += labels[row] == -1;
  }
  CHECK(missing > 0 && missing <= APPLICANTS / 4);
  SUCCEEDS(eqp_audit(adjusted, applicants, NULL, NULL, NULL, &report, &error));
  SUCCEEDS(eqp_report_number(report, "/rows", &rows, &error));
  SUCCEEDS(eqp_report_number(report, "/abstention/answered", &answered, &error));
  CHECK(rows == APPLICANTS - missing && answered == rows);
  SUCCEEDS(eqp_report_render(report, "html", "withheld.html", &error));
  eqp_free(report);
  eqp_dataset_free(predictions);
  eqp_model_free(adjusted);
}

/* A set has the true label for nine of ten rows of each group. */
static void prediction_sets(const eqp_model *model, const eqp_dataset *applicants) {
  static const char *const config =
      "{\"adjust\": [{\"method\": \"conformal\", \"attribute\": \"group\", \"minimum_count\": 9}]}";
  eqp_model *adjusted = NULL, *loaded = NULL;
  eqp_dataset *predictions = NULL;
  char *report = NULL;
  static int64_t members[2][APPLICANTS];
  double coverage = 0;
  int row, covered = 0;

  SUCCEEDS(eqp_model_adjust(model, applicants, config, NULL, &adjusted, NULL, &error));
  SUCCEEDS(eqp_model_save(adjusted, "sets", NULL, NULL, &error));
  SUCCEEDS(eqp_model_load("sets", NULL, NULL, &loaded, &error));
  SUCCEEDS(eqp_predict(loaded, applicants, NULL, NULL, &predictions, &error));
  SUCCEEDS(eqp_dataset_column_i64(predictions, "set_yes", members[0], APPLICANTS, &error));
  SUCCEEDS(eqp_dataset_column_i64(predictions, "set_no", members[1], APPLICANTS, &error));
  for (row = 0; row < APPLICANTS; row++) {
    const char *label = eqp_dataset_cell_text(applicants, "approved", row);
    covered += members[label && strcmp(label, "yes") == 0 ? 0 : 1][row] == 1;
  }
  CHECK(covered >= 0.9 * APPLICANTS);
  SUCCEEDS(eqp_audit(loaded, applicants, NULL, NULL, NULL, &report, &error));
  SUCCEEDS(eqp_report_number(report, "/prediction_sets/attributes/0/groups/0/coverage", &coverage,
                             &error));
  CHECK(coverage >= 0.9 && coverage <= 1);
  eqp_free(report);
  eqp_dataset_free(predictions);
  eqp_model_free(loaded);
  eqp_model_free(adjusted);
}

/* Each group has its share of the first rows of every query. */
static void ranks(const eqp_model *model, const eqp_dataset *applicants) {
  static const char *const config =
      "{\"adjust\": [{\"method\": \"reranking\", \"attribute\": \"group\","
      " \"algorithm\": \"det_const_sort\"}]}";
  eqp_model *adjusted = NULL;
  eqp_dataset *predictions = NULL;
  char *report = NULL;
  static int64_t places[APPLICANTS];
  int64_t sum = 0;
  double index = 1;
  int row;

  SUCCEEDS(eqp_model_adjust(model, applicants, config, NULL, &adjusted, NULL, &error));
  SUCCEEDS(eqp_predict(adjusted, applicants, NULL, NULL, &predictions, &error));
  SUCCEEDS(eqp_dataset_column_i64(predictions, "rank", places, APPLICANTS, &error));
  for (row = 0; row < APPLICANTS; row++)
    sum += places[row];
  CHECK(sum == (int64_t)APPLICANTS * (APPLICANTS + 1) / 2);
  SUCCEEDS(eqp_audit(adjusted, applicants, NULL, "{\"ranking\": {}}", NULL, &report, &error));
  SUCCEEDS(eqp_report_number(report, "/ranking/attributes/0/infeasible_index", &index, &error));
  CHECK(index == 0);
  eqp_free(report);
  eqp_dataset_free(predictions);
  eqp_model_free(adjusted);
}

/* Groups of which only probabilities are known: decided by eqp_predict, bounded by an audit. */
static void probable_groups(const eqp_model *model, eqp_dataset *applicants) {
  static const char *const config =
      "{\"adjust\": [{\"method\": \"thresholds\", \"tolerance\": 0.03,"
      " \"probabilities\": {\"A\": \"p_a\", \"B\": \"p_b\"}}]}";
  static const char *const audited =
      "{\"group_probabilities\": {\"columns\": {\"A\": \"p_a\", \"B\": \"p_b\"}}}";
  static double shares[2][APPLICANTS];
  eqp_model *adjusted = NULL;
  eqp_dataset *predictions = NULL;
  char *report = NULL;
  double lower = 1, estimate = 1, upper = -1;
  int row;

  for (row = 0; row < APPLICANTS; row++) {
    const char *group = eqp_dataset_cell_text(applicants, "group", row);
    shares[0][row] = group && strcmp(group, "A") == 0 ? 0.75 : 0.25;
    shares[1][row] = 1 - shares[0][row];
  }
  SUCCEEDS(eqp_dataset_add_f64(applicants, "p_a", shares[0], NULL, &error));
  SUCCEEDS(eqp_dataset_add_f64(applicants, "p_b", shares[1], NULL, &error));
  SUCCEEDS(eqp_model_adjust(model, applicants, config, NULL, &adjusted, NULL, &error));
  SUCCEEDS(eqp_predict(adjusted, applicants, NULL, NULL, &predictions, &error));
  FAILS(eqp_decide_f32(adjusted, applicant_features, APPLICANTS, FEATURES, groups, keys, scores,
                       APPLICANTS, labels, APPLICANTS, &error),
        EQP_INVALID_ARGUMENT, "model");
  SUCCEEDS(eqp_audit(adjusted, applicants, NULL, audited, NULL, &report, &error));
  SUCCEEDS(eqp_report_number(report, "/group_probabilities/differences/0/selection_rate/lower",
                             &lower, &error));
  SUCCEEDS(eqp_report_number(report, "/group_probabilities/differences/0/selection_rate/estimate",
                             &estimate, &error));
  SUCCEEDS(eqp_report_number(report, "/group_probabilities/differences/0/selection_rate/upper",
                             &upper, &error));
  CHECK(lower <= estimate && estimate <= upper && fabs(estimate) <= 0.0300001);
  SUCCEEDS(eqp_report_render(report, "html", "probable.html", &error));
  eqp_free(report);
  eqp_dataset_free(predictions);
  eqp_model_free(adjusted);
}

int main(void) {
  eqp_dataset *applicants = make_applicants();
  eqp_model *model = make_trained(applicants);
  thresholds_by_group(model, applicants);
  drawn_decisions(model, applicants);
  given_scores(model, applicants);
  withheld_decisions(model, applicants);
  prediction_sets(model, applicants);
  ranks(model, applicants);
  probable_groups(model, applicants);
  eqp_model_free(model);
  eqp_dataset_free(applicants);
  return finished();
}
