/*
 * The whole life of a model: it learns past decisions, is tuned for fairness, predicts, is
 * audited, is saved in both formats and loaded again, with the same predictions.
 */
#include "applicants.h"

#include <math.h>

static eqp_dataset *applicants;

/* The number after "key": in a report, from `start` on; -1 if there is none. */
static double number_after(const char *start, const char *key) {
  char quoted[128];
  const char *found;
  sprintf(quoted, "\"%s\": ", key);
  found = start ? strstr(start, quoted) : NULL;
  return found ? atof(found + strlen(quoted)) : -1;
}

static void predict_all(const eqp_model *model, float *scores) {
  eqp_dataset *predictions = NULL;
  SUCCEEDS(eqp_predict(model, applicants, NULL, NULL, &predictions, &error));
  CHECK(eqp_dataset_rows(predictions) == APPLICANTS);
  SUCCEEDS(eqp_dataset_column_f32(predictions, "score", scores, APPLICANTS, &error));
  if (predictions) {
    const char *label = eqp_dataset_cell_text(predictions, "label", 0);
    CHECK(label && strcmp(label, scores[0] >= 0.5f ? "yes" : "no") == 0);
  }
  eqp_dataset_free(predictions);
}

/* The demographic parity difference by group; -1 if the audit fails. */
static double parity_difference(const eqp_model *model) {
  char *report = NULL;
  double difference;
  SUCCEEDS(eqp_audit(model, applicants, NULL, NULL, NULL, &report, &error));
  CHECK(report && strstr(report, "\"kind\": \"audit\""));
  difference = number_after(report, "demographic_parity_difference");
  eqp_free(report);
  return difference;
}

static double largest_difference(const float *a, const float *b) {
  double largest = 0;
  int row;
  for (row = 0; row < APPLICANTS; row++) {
    double difference = a[row] > b[row] ? a[row] - b[row] : b[row] - a[row];
    if (!(difference <= largest))
      largest = difference;
  }
  return largest;
}

static void saved_and_loaded(const eqp_model *model, const char *path, const float *scores,
                             double tolerance) {
  static float again[APPLICANTS];
  eqp_model *loaded = NULL;
  SUCCEEDS(eqp_model_save(model, path, NULL, NULL, &error));
  SUCCEEDS(eqp_model_save(model, path, NULL, NULL, &error)); /* over what is there */
  SUCCEEDS(eqp_model_load(path, NULL, NULL, &loaded, &error));
  if (!loaded)
    return;
  predict_all(loaded, again);
  CHECK(largest_difference(scores, again) <= tolerance);
  CHECK(parity_difference(loaded) >= 0); /* what the columns mean is remembered */
  eqp_model_free(loaded);
}

/* The values of the last hidden layer beside the score, which the last linear layer gives from
 * them: score = 1 / (1 + e^-(w h + b)). */
static void hidden_layer(const eqp_model *model, const float *scores) {
  enum { WIDTH = 8 };
  static float values[APPLICANTS * WIDTH];
  float weight[WIDTH], bias;
  eqp_dataset *predictions = NULL;
  char *description = eqp_model_describe(model);
  int row, k;
  CHECK(description && strstr(description, "\"layers\"") &&
        strstr(description, "\"layers.1.activation\""));
  eqp_free(description);
  SUCCEEDS(eqp_model_parameter_f32(model, "output.weight", weight, WIDTH, &error));
  SUCCEEDS(eqp_model_parameter_f32(model, "output.bias", &bias, 1, &error));
  SUCCEEDS(eqp_predict(model, applicants, "{\"layer\": \"layers.1.activation\"}", NULL,
                       &predictions, &error));
  SUCCEEDS(eqp_dataset_column_f32(predictions, "layer", values, APPLICANTS * WIDTH, &error));
  for (row = 0; row < APPLICANTS; row++) {
    double logit = bias, difference;
    for (k = 0; k < WIDTH; k++)
      logit += (double)weight[k] * values[row * WIDTH + k];
    difference = 1 / (1 + exp(-logit)) - scores[row];
    CHECK(difference < 1e-5 && difference > -1e-5);
  }
  eqp_dataset_free(predictions);
  FAILS(eqp_predict(model, applicants, "{\"layer\": \"layers.7.activation\"}", NULL, &predictions,
                    &error),
        EQP_INVALID_CONFIG, "/layer");
}

int main(void) {
  static float before[APPLICANTS], after[APPLICANTS], short_way[APPLICANTS], one;
  eqp_model *model, *tuned = NULL, *twin = NULL;
  char *report = NULL, *description;
  double gap_before, gap_after;
  int row;

  applicants = make_applicants();
  model = make_trained(applicants);
  predict_all(model, before);
  gap_before = parity_difference(model);
  CHECK(gap_before > 0.15); /* the model has learnt the bias */

  SUCCEEDS(eqp_finetune(model, applicants, NULL, fair_config, NULL, &tuned, &report, &error));
  SUCCEEDS(eqp_finetune(model, applicants, NULL, fair_config, NULL, &twin, NULL, &error));
  CHECK(report && strstr(report, "\"kind\": \"finetune\"") && strstr(report, "\"before\"") &&
        strstr(report, "\"after\"") && strstr(report, "\"history\""));
  eqp_free(report);
  gap_after = parity_difference(tuned);
  printf("note: demographic parity difference %.3f, after tuning %.3f\n", gap_before, gap_after);
  CHECK(gap_after >= 0 && gap_after < gap_before / 2);

  predict_all(tuned, after);
  predict_all(twin, short_way);
  CHECK(largest_difference(after, short_way) == 0); /* the same seed, the same weights */
  eqp_model_free(twin);
  predict_all(model, short_way);
  CHECK(largest_difference(before, short_way) == 0); /* the base is as it was */

  description = eqp_model_describe(tuned);
  CHECK(description && strstr(description, "\"binary\"") && strstr(description, "income"));
  eqp_free(description);
  SUCCEEDS(eqp_predict_f32(tuned, applicant_features, APPLICANTS, FEATURES, short_way, APPLICANTS,
                           &error));
  CHECK(largest_difference(after, short_way) < 1e-6);
  for (row = 0; row < 5; row++) {
    SUCCEEDS(
        eqp_predict_f32(tuned, applicant_features + row * FEATURES, 1, FEATURES, &one, 1, &error));
    CHECK(one > after[row] - 1e-6f && one < after[row] + 1e-6f);
  }
  FAILS(eqp_predict_f32(tuned, applicant_features, 2, FEATURES, short_way, 1, &error),
        EQP_INVALID_ARGUMENT, "scores_count");
  FAILS(eqp_predict_f32(tuned, applicant_features, 2, FEATURES - 1, short_way, 2, &error),
        EQP_INVALID_ARGUMENT, "columns");
  SUCCEEDS(eqp_predict_f32(tuned, applicant_features, 0, FEATURES, short_way, 0, &error));

  hidden_layer(tuned, after);
  saved_and_loaded(tuned, "tuned.model", after, 0);
  saved_and_loaded(tuned, "tuned.onnx", after, 1e-6);

  /* In any order: the base first, the rows before the model. */
  eqp_model_free(model);
  predict_all(tuned, after);
  eqp_dataset_free(applicants);
  SUCCEEDS(eqp_predict_f32(tuned, applicant_features, 1, FEATURES, &one, 1, &error));
  eqp_model_free(tuned);
  return finished();
}
