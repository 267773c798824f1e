/* Trains a fair model on a CSV and prints its decisions: first_program TABLE.csv LABEL GROUP */
#include <equipoise/equipoise.h>
#include <stdio.h>

int main(int argc, char **argv) {
  eqp_dataset *people = NULL, *some = NULL, *predictions = NULL;
  eqp_model *untrained = NULL, *model = NULL;
  eqp_error *error = NULL;
  char *report = NULL, *met = NULL, config[512];
  double gap = 0, scores[5];
  const int64_t first[5] = {0, 1, 2, 3, 4};

  snprintf(config, sizeof config,
           "{\"data\": {\"label\": \"%s\", \"sensitive\": [\"%s\"]}, \"fairness\": "
           "[{\"objective\": \"demographic_parity\", \"tolerance\": 0.02}]}",
           argc > 2 ? argv[2] : "approved", argc > 3 ? argv[3] : "sex");
  if (!eqp_dataset_open(argc > 1 ? argv[1] : "lending.csv", NULL, NULL, &people, &error) &&
      !eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [32, 16]}", &untrained, &error) &&
      !eqp_finetune(untrained, people, NULL, config, NULL, &model, &report, &error) &&
      !eqp_report_number(report, "/constraints/0/train/gap", &gap, &error) &&
      !eqp_report_value(report, "/constraints/0/met", &met, &error) &&
      !eqp_dataset_select(people, NULL, 0, first, 5, &some, &error) &&
      !eqp_predict(model, some, NULL, NULL, &predictions, &error) &&
      !eqp_dataset_column_f64(predictions, "score", scores, 5, &error)) {
    printf("the selection rates differ by %.4f; tolerance met: %s\n", gap, met);
    for (int row = 0; row < 5; row++)
      printf("applicant %d: %s (score %.3f)\n", row,
             scores[row] >= 0.5 ? "selected" : "not selected", scores[row]);
  }
  if (error)
    fprintf(stderr, "%s\n", eqp_error_message(error));
  int failed = error != NULL;
  eqp_error_free(error);
  eqp_free(report);
  eqp_free(met);
  eqp_dataset_free(predictions);
  eqp_dataset_free(some);
  eqp_model_free(model);
  eqp_model_free(untrained);
  eqp_dataset_free(people);
  return failed;
}
