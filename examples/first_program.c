/* Trains a fair model on a CSV and prints its decisions: first_program data/lending.csv */
#include <equipoise/equipoise.h>
#include <stdio.h>

static const char *config =
    "{\"data\": {\"label\": \"approved\", \"sensitive\": [\"sex\"]}, \"fairness\": "
    "[{\"objective\": \"demographic_parity\", \"attribute\": \"sex\", \"tolerance\": 0.02}]}";

int main(int argc, char **argv) {
  eqp_dataset *people = NULL, *predictions = NULL;
  eqp_model *untrained = NULL, *model = NULL;
  eqp_error *error = NULL;
  if (!eqp_dataset_open(argc > 1 ? argv[1] : "lending.csv", NULL, NULL, &people, &error) &&
      !eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [32, 16]}", &untrained, &error) &&
      !eqp_finetune(untrained, people, NULL, config, NULL, &model, NULL, &error) &&
      !eqp_predict(model, people, NULL, NULL, &predictions, &error))
    for (int64_t row = 0; row < 5; row++)
      printf("applicant %d: %s\n", (int)row, eqp_dataset_cell_text(predictions, "label", row));
  if (error)
    fprintf(stderr, "%s\n", eqp_error_message(error));
  int failed = error != NULL;
  eqp_error_free(error);
  eqp_dataset_free(predictions);
  eqp_model_free(model);
  eqp_model_free(untrained);
  eqp_dataset_free(people);
  return failed;
}
