/*
 * Decisions without a dataset equal eqp_predict's labels; parameters are read and changed; a
 * model in service is replaced while threads predict, and each call is answered by a single
 * model.
 */
#include "applicants.h"

#include <math.h>
#include <pthread.h>

static float scores[APPLICANTS], base_scores[APPLICANTS];
static int32_t labels[APPLICANTS];

/* A threshold other than 0.5, and scores equal to it. */
static void decisions_are_those_of_predict(const eqp_model *model, const eqp_dataset *applicants) {
  static int32_t groups[APPLICANTS];
  static uint64_t keys[APPLICANTS];
  eqp_dataset *predictions = NULL;
  int row, positives = 0;

  SUCCEEDS(eqp_predict(model, applicants, NULL, NULL, &predictions, &error));
  SUCCEEDS(eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, base_scores, APPLICANTS,
                           &error));
  SUCCEEDS(eqp_decide_f32(model, applicant_features, APPLICANTS, FEATURES, groups, keys, scores,
                          APPLICANTS, labels, APPLICANTS, &error));
  CHECK(memcmp(scores, base_scores, sizeof scores) == 0);
  for (row = 0; row < APPLICANTS; row++) {
    const char *label = eqp_dataset_cell_text(predictions, "label", row);
    positives += labels[row];
    if (!label || strcmp(label, labels[row] ? "yes" : "no") != 0) {
      CHECK(label && strcmp(label, labels[row] ? "yes" : "no") == 0);
      break;
    }
  }
  CHECK(positives > 100 && positives < APPLICANTS - 100);
  eqp_dataset_free(predictions);

  FAILS(eqp_decide_f32(model, applicant_features, APPLICANTS, FEATURES, NULL, NULL, scores,
                       APPLICANTS, labels, APPLICANTS - 1, &error),
        EQP_INVALID_ARGUMENT, "labels_count");
  FAILS(eqp_decide_f32(model, applicant_features, APPLICANTS, FEATURES, NULL, NULL, scores,
                       APPLICANTS - 1, labels, APPLICANTS, &error),
        EQP_INVALID_ARGUMENT, "scores_count");
  FAILS(eqp_decide_f32(model, applicant_features, 1, FEATURES - 1, NULL, NULL, scores, 1, labels, 1,
                       &error),
        EQP_INVALID_ARGUMENT, "columns");
}

static void several_classes_and_values(const eqp_dataset *applicants) {
  static const char *const classes =
      "{\"data\": {\"label\": \"level\", \"include\": [\"income\", \"debt\", \"proxy\"]}, "
      "\"train\": {\"epochs\": 3}}";
  static const char *const values =
      "{\"task\": \"regression\", \"data\": {\"label\": \"income\", \"include\": [\"debt\", "
      "\"proxy\"]}, \"train\": {\"epochs\": 1}}";
  static int64_t levels[APPLICANTS];
  static float three[APPLICANTS * 3];
  static const char *const names[] = {"income", "debt", "proxy"};
  eqp_dataset *dataset = NULL, *predictions = NULL;
  eqp_model *fresh = NULL, *model = NULL;
  int row;

  SUCCEEDS(eqp_dataset_select(applicants, names, 3, NULL, 0, &dataset, &error));
  for (row = 0; row < APPLICANTS; row++)
    levels[row] = 10 * (int64_t)(applicant_features[row * FEATURES] > -0.7f) +
                  10 * (int64_t)(applicant_features[row * FEATURES] > 0.7f);
  SUCCEEDS(eqp_dataset_add_i64(dataset, "level", levels, NULL, &error));
  SUCCEEDS(eqp_model_new("{\"kind\": \"logistic\"}", &fresh, &error));
  SUCCEEDS(eqp_finetune(fresh, dataset, NULL, classes, NULL, &model, NULL, &error));
  SUCCEEDS(eqp_decide_f32(model, applicant_features, APPLICANTS, FEATURES, NULL, NULL, three,
                          APPLICANTS * 3, labels, APPLICANTS, &error));
  SUCCEEDS(eqp_predict(model, dataset, NULL, NULL, &predictions, &error));
  SUCCEEDS(eqp_dataset_column_i64(predictions, "label", levels, APPLICANTS, &error));
  /* The classes are 0, 10 and 20; a label is an index into them. */
  for (row = 0; row < APPLICANTS && levels[row] == 10 * labels[row]; row++)
    ;
  CHECK(row == APPLICANTS);
  eqp_model_free(model);
  eqp_model_free(fresh);
  eqp_dataset_free(predictions);

  SUCCEEDS(eqp_model_new("{\"kind\": \"linear\"}", &fresh, &error));
  SUCCEEDS(eqp_finetune(fresh, dataset, NULL, values, NULL, &model, NULL, &error));
  FAILS(eqp_decide_f32(model, applicant_features, 1, 2, NULL, NULL, scores, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "model");
  eqp_model_free(model);
  eqp_model_free(fresh);
  eqp_dataset_free(dataset);
}

/* The model with `shift` added to its last bias, which adds it to all logits. */
static eqp_model *shifted(const eqp_model *model, float shift) {
  static const char *const names[] = {"output.bias"};
  const float *values[1];
  size_t lengths[1] = {1};
  float bias = 0;
  eqp_model *changed = NULL;
  SUCCEEDS(eqp_model_parameter_f32(model, "output.bias", &bias, 1, &error));
  bias += shift;
  values[0] = &bias;
  SUCCEEDS(eqp_model_with_parameters(model, names, values, lengths, 1, &changed, &error));
  return changed;
}

static void parameters(const eqp_model *model) {
  static const char *const twice[] = {"output.bias", "output.bias"};
  static const char *const unknown[] = {"output.bais"};
  static const float nothing = 0, infinite = HUGE_VALF;
  const float *values[2];
  size_t lengths[2] = {1, 1};
  float weights[64];
  eqp_model *changed = shifted(model, 1), *none = NULL;
  int row;

  SUCCEEDS(eqp_predict_f32(changed, applicant_features, APPLICANTS, FEATURES, scores, APPLICANTS,
                           &error));
  for (row = 0; row < APPLICANTS; row++) {
    double logit = log((double)base_scores[row] / (1 - (double)base_scores[row]));
    double expected = 1 / (1 + exp(-(logit + 1)));
    if (fabs(expected - (double)scores[row]) > 1e-4) {
      CHECK(fabs(expected - (double)scores[row]) <= 1e-4);
      break;
    }
  }
  /* The original model is unchanged. */
  SUCCEEDS(
      eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, scores, APPLICANTS, &error));
  CHECK(memcmp(scores, base_scores, sizeof scores) == 0);
  eqp_model_free(changed);

  values[0] = values[1] = &nothing;
  FAILS(eqp_model_with_parameters(model, twice, values, lengths, 2, &none, &error),
        EQP_INVALID_ARGUMENT, "names");
  FAILS(eqp_model_with_parameters(model, unknown, values, lengths, 1, &none, &error),
        EQP_INVALID_ARGUMENT, "names");
  lengths[0] = 2;
  FAILS(eqp_model_with_parameters(model, twice, values, lengths, 1, &none, &error),
        EQP_INVALID_ARGUMENT, "lengths");
  lengths[0] = 1;
  values[0] = &infinite;
  FAILS(eqp_model_with_parameters(model, twice, values, lengths, 1, &none, &error),
        EQP_INVALID_DATA, "output.bias");
  CHECK(none == NULL);
  SUCCEEDS(eqp_model_parameter_f32(model, "output.weight", weights, 64, &error));
  FAILS(eqp_model_parameter_f32(model, "output.weight", weights, 7, &error), EQP_INVALID_ARGUMENT,
        "count");
  FAILS(eqp_model_parameter_f32(model, "weight", weights, 64, &error), EQP_INVALID_ARGUMENT,
        "name");
}

#define THREADS 4
static eqp_endpoint *endpoint;
static volatile int stop;
static float first_scores[APPLICANTS], second_scores[APPLICANTS];

struct caller {
  pthread_t thread;
  long first, second, other;
};

static void *keep_calling(void *context) {
  struct caller *caller = context;
  static const size_t bytes = sizeof first_scores;
  float *own = malloc(bytes);
  int32_t *decided = malloc(APPLICANTS * sizeof(int32_t));
  int is_last = 0;
  /* The last call begins after the swap. */
  while (own && decided && !is_last) {
    is_last = stop;
    if (eqp_endpoint_decide_f32(endpoint, applicant_features, APPLICANTS, FEATURES, NULL, NULL, own,
                                APPLICANTS, decided, APPLICANTS, NULL))
      abort();
    if (memcmp(own, first_scores, bytes) == 0)
      caller->first++;
    else if (memcmp(own, second_scores, bytes) == 0)
      caller->second++;
    else
      caller->other++;
  }
  free(decided);
  free(own);
  return NULL;
}

static void a_model_is_replaced_in_service(eqp_model *first, const eqp_dataset *applicants) {
  static const char *const fewer =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"include\": [\"income\"]},"
      " \"train\": {\"epochs\": 1}}";
  eqp_model *second = shifted(first, 0.5f), *present = NULL, *fresh = NULL, *other = NULL;
  struct caller callers[THREADS];
  eqp_dataset *predictions = NULL;
  int index;

  SUCCEEDS(eqp_model_new("", &fresh, &error));
  FAILS(eqp_endpoint_new(fresh, &endpoint, &error), EQP_INVALID_ARGUMENT, "model");
  CHECK(endpoint == NULL);
  SUCCEEDS(eqp_endpoint_new(first, &endpoint, &error));
  SUCCEEDS(eqp_finetune(fresh, applicants, NULL, fewer, NULL, &other, NULL, &error));
  FAILS(eqp_endpoint_swap(endpoint, other, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_endpoint_swap(endpoint, fresh, &error), EQP_INVALID_ARGUMENT, "model");

  SUCCEEDS(eqp_endpoint_predict_f32(endpoint, applicant_features, APPLICANTS, FEATURES,
                                    first_scores, APPLICANTS, &error));
  SUCCEEDS(eqp_predict_f32(second, applicant_features, APPLICANTS, FEATURES, second_scores,
                           APPLICANTS, &error));
  CHECK(memcmp(first_scores, second_scores, sizeof first_scores) != 0);
  /* One thread per call, so that the division of rows does not change the scores' last bits. */
  memset(callers, 0, sizeof callers);
  for (index = 0; index < THREADS; index++)
    CHECK(pthread_create(&callers[index].thread, NULL, keep_calling, &callers[index]) == 0);
  /* The endpoint retains the model that it serves. */
  eqp_model_free(first);
  SUCCEEDS(eqp_endpoint_swap(endpoint, second, &error));
  eqp_model_free(second);
  stop = 1;
  for (index = 0; index < THREADS; index++) {
    pthread_join(callers[index].thread, NULL);
    CHECK(callers[index].other == 0);
    CHECK(callers[index].second > 0);
  }
  /* After the swap every call is answered by the new model. */
  SUCCEEDS(eqp_endpoint_predict_f32(endpoint, applicant_features, APPLICANTS, FEATURES, scores,
                                    APPLICANTS, &error));
  CHECK(memcmp(scores, second_scores, sizeof scores) == 0);
  SUCCEEDS(eqp_endpoint_predict(endpoint, applicants, NULL, NULL, &predictions, &error));
  SUCCEEDS(eqp_dataset_column_f32(predictions, "score", scores, APPLICANTS, &error));
  CHECK(memcmp(scores, second_scores, sizeof scores) == 0);
  SUCCEEDS(eqp_endpoint_model(endpoint, &present, &error));
  eqp_endpoint_free(endpoint);
  SUCCEEDS(eqp_predict_f32(present, applicant_features, APPLICANTS, FEATURES, scores, APPLICANTS,
                           &error));
  CHECK(memcmp(scores, second_scores, sizeof scores) == 0);
  eqp_dataset_free(predictions);
  eqp_model_free(present);
  eqp_model_free(other);
  eqp_model_free(fresh);
}

int main(void) {
  eqp_dataset *applicants = make_applicants();
  eqp_model *model = make_trained(applicants);
  (void)fair_config;
  SUCCEEDS(eqp_set_threads(1, &error));
  decisions_are_those_of_predict(model, applicants);
  several_classes_and_values(applicants);
  parameters(model);
  a_model_is_replaced_in_service(model, applicants);
  eqp_dataset_free(applicants);
  return finished();
}
