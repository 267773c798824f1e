/*
 * A front of 32 candidates of a network on UCI Adult's official split; inputs are all columns
 * except fnlwgt and sex, and sex is not used at prediction. search <folder of adult> <objective>
 * prints a JSON line with the seconds of the search, and one for each model of the front with its
 * accuracy and gaps on the test split, which only certifies.
 */
#include "adult.h"

static double number(const char *report, const char *pointer) {
  double value = 0;
  eqp_error *error = NULL;
  check(eqp_report_number(report, pointer, &value, &error), error);
  return value;
}

int main(int count, char **arguments) {
  if (count != 3)
    return 2;
  eqp_dataset *train = open_split(arguments[1], "adult.data.gz");
  eqp_dataset *test = open_split(arguments[1], "adult.test.gz");
  eqp_error *error = NULL;
  eqp_model *fresh = NULL;
  eqp_front *front = NULL;
  char config[2048];
  /* 31 tolerances, and no constraint. */
  snprintf(
      config, sizeof config,
      "{\"data\": {\"label\": \"income\", \"positive\": [\">50K\", \">50K.\"], \"negative\": "
      "[\"<=50K\", \"<=50K.\"], \"sensitive\": [\"sex\"], \"exclude\": [\"fnlwgt\"]}, "
      "\"fairness\": [{\"objective\": \"%s\", \"tolerance\": 0.05}], \"search\": {\"folds\": 1, "
      "\"method\": \"grid\", \"space\": [{\"/fairness/0/tolerance\": {\"from\": 0.002, \"to\": "
      "0.2, \"scale\": \"log\", \"steps\": 31}}, {\"/fairness\": [[]]}]}}",
      arguments[2]);
  check(eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [64, 32]}", &fresh, &error), error);
  double start = now();
  check(eqp_search(fresh, train, test, config, NULL, &front, &error), error);
  printf("{\"seconds\": %.3f, \"models\": %d}\n", now() - start, (int)eqp_front_count(front));
  for (int64_t index = 0; index < eqp_front_count(front); index++) {
    eqp_model *model = NULL;
    char *report = NULL;
    check(eqp_front_model(front, index, &model, NULL, &error), error);
    check(eqp_audit(model, test, NULL, NULL, NULL, &report, &error), error);
    printf("{\"accuracy\": %.6f, \"demographic_parity_difference\": %.6f, "
           "\"equalized_odds_difference\": %.6f}\n",
           number(report, "/overall/accuracy"),
           number(report, "/attributes/0/fairness/demographic_parity_difference"),
           number(report, "/attributes/0/fairness/equalized_odds_difference"));
    eqp_free(report);
    eqp_model_free(model);
  }
  eqp_front_free(front);
  eqp_model_free(fresh);
  eqp_dataset_free(train);
  eqp_dataset_free(test);
  return 0;
}
