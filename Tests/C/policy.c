/*
 * An enforced policy: a tuning that violates it gives no model; a model that violates it can
 * neither be saved nor serve, also after loading. A model that meets it can be tuned, saved and
 * served.
 */
#include "applicants.h"

/* A rule that no model meets, or that all meet, and what is enforced. */
static const char *config(double at_least, const char *enforced) {
  static char text[1000];
  sprintf(text,
          "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"]},"
          " \"train\": {\"epochs\": 1}, \"policy\": {\"require\": ["
          "{\"metric\": \"selection_rate\", \"at_least\": 0},"
          "{\"metric\": \"accuracy\", \"at_least\": %g}], \"enforce\": [%s]},"
          " \"audit\": {\"metrics\": [\"accuracy\", \"selection_rate\"]}}",
          at_least, enforced);
  return text;
}

static void predicts(const eqp_model *model, eqp_status expected) {
  static float scores[APPLICANTS];
  static int32_t labels[APPLICANTS];
  eqp_dataset *applicants = make_applicants(), *predictions = NULL;
  eqp_endpoint *endpoint = NULL;
  const char *rule = "accuracy";
  if (expected == EQP_OK) {
    SUCCEEDS(eqp_predict(model, applicants, NULL, NULL, &predictions, &error));
    SUCCEEDS(eqp_predict_f32(model, applicant_features, 9, FEATURES, scores, 9, &error));
    SUCCEEDS(eqp_decide_f32(model, applicant_features, 9, FEATURES, NULL, NULL, scores, 9, labels,
                            9, &error));
    SUCCEEDS(eqp_endpoint_new(model, &endpoint, &error));
  } else {
    FAILS(eqp_predict(model, applicants, NULL, NULL, &predictions, &error), expected, rule);
    FAILS(eqp_predict_f32(model, applicant_features, 9, FEATURES, scores, 9, &error), expected,
          rule);
    FAILS(eqp_decide_f32(model, applicant_features, 9, FEATURES, NULL, NULL, scores, 9, labels, 9,
                         &error),
          expected, rule);
    FAILS(eqp_endpoint_new(model, &endpoint, &error), expected, rule);
  }
  eqp_endpoint_free(endpoint);
  eqp_dataset_free(predictions);
  eqp_dataset_free(applicants);
}

int main(void) {
  static const char *const bias[] = {"output.bias"};
  static const float value = 0;
  static const size_t length = 1;
  const float *values[1];
  eqp_dataset *applicants = make_applicants();
  eqp_model *base = NULL, *model = NULL, *again = NULL;
  eqp_endpoint *endpoint = NULL;
  char *report = NULL, *described, *result = NULL;
  void *bytes = NULL;
  size_t count = 0;
  (void)fair_config;
  (void)unfair_config;
  (void)make_trained;
  values[0] = &value;
  SUCCEEDS(eqp_model_new("", &base, &error));

  /* Not met, and the tuning itself is refused. */
  FAILS(eqp_finetune(base, applicants, NULL, config(2, "\"tune\""), NULL, &model, &report, &error),
        EQP_REFUSED, "accuracy");
  CHECK(model == NULL && report == NULL);

  /* Violated, but nothing is enforced: no effect. */
  SUCCEEDS(eqp_finetune(base, applicants, NULL, config(2, ""), NULL, &model, NULL, &error));
  predicts(model, EQP_OK);
  SUCCEEDS(eqp_model_save(model, "free.onnx", NULL, NULL, &error));
  eqp_model_free(model);

  /* Violated: it is tuned and audited, but cannot be saved. */
  SUCCEEDS(
      eqp_finetune(base, applicants, NULL, config(2, "\"save\""), NULL, &model, &report, &error));
  FAILS(eqp_policy_check(report, &error), EQP_REFUSED, "accuracy");
  eqp_free(report);
  predicts(model, EQP_OK);
  FAILS(eqp_model_save(model, "kept.onnx", NULL, NULL, &error), EQP_REFUSED, "accuracy");
  FAILS(eqp_model_save(model, "kept", NULL, NULL, &error), EQP_REFUSED, "accuracy");
  FAILS(eqp_model_save_memory(model, NULL, NULL, &bytes, &count, &error), EQP_REFUSED, "accuracy");
  CHECK(bytes == NULL);
  SUCCEEDS(eqp_audit(model, applicants, NULL, NULL, NULL, &report, &error));
  eqp_free(report);
  eqp_model_free(model);

  /* Violated: it can be saved, but neither it nor the loaded model can serve. */
  SUCCEEDS(
      eqp_finetune(base, applicants, NULL, config(2, "\"serve\""), NULL, &model, NULL, &error));
  predicts(model, EQP_REFUSED);
  SUCCEEDS(eqp_audit(model, applicants, NULL, NULL, NULL, &report, &error));
  eqp_free(report);
  SUCCEEDS(eqp_model_save(model, "still.onnx", NULL, NULL, &error));
  SUCCEEDS(eqp_model_load("still.onnx", NULL, NULL, &again, &error));
  predicts(again, EQP_REFUSED);
  eqp_model_free(again);
  SUCCEEDS(eqp_model_save_memory(model, NULL, NULL, &bytes, &count, &error));
  SUCCEEDS(eqp_model_load_memory(bytes, count, NULL, NULL, &again, &error));
  predicts(again, EQP_REFUSED);
  eqp_free(bytes);
  eqp_model_free(again);
  described = eqp_model_describe(model);
  SUCCEEDS(eqp_report_value(described, "/verdict/result", &result, &error));
  CHECK(result && strcmp(result, "fail") == 0);
  eqp_free(result);
  eqp_free(described);

  /* Met: everything is allowed; changed weights were not judged. */
  SUCCEEDS(eqp_finetune(base, applicants, NULL, config(0, "\"tune\", \"save\", \"serve\""), NULL,
                        &again, NULL, &error));
  predicts(again, EQP_OK);
  SUCCEEDS(eqp_model_save(again, "met.onnx", NULL, NULL, &error));
  SUCCEEDS(eqp_endpoint_new(again, &endpoint, &error));
  FAILS(eqp_endpoint_swap(endpoint, model, &error), EQP_REFUSED, "accuracy");
  eqp_endpoint_free(endpoint);
  eqp_model_free(model);
  SUCCEEDS(eqp_model_with_parameters(again, bias, values, &length, 1, &model, &error));
  FAILS(eqp_endpoint_new(model, &endpoint, &error), EQP_REFUSED, "policy");
  eqp_model_free(model);
  SUCCEEDS(eqp_model_load("met.onnx", NULL, NULL, &model, &error));
  predicts(model, EQP_OK);
  eqp_model_free(model);
  eqp_model_free(again);

  FAILS(eqp_finetune(base, applicants, NULL, config(0, "\"deploy\""), NULL, &model, NULL, &error),
        EQP_INVALID_CONFIG, "/policy/enforce/0");
  eqp_model_free(base);
  eqp_dataset_free(applicants);
  return finished();
}
