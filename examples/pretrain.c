/*
 * Makes the network with which the main job starts: trained on past loan decisions without fairness
 * objectives, and saved as ONNX.
 *
 *   pretrain LENDING.csv NETWORK.onnx
 */
#include <equipoise/equipoise.h>
#include <stdio.h>

static const char *const architecture = "{\"kind\": \"mlp\", \"hidden\": [32, 16], \"seed\": 1}";
static const char *const config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"sex\", "
    "\"group\"]},"
    " \"train\": {\"epochs\": 20, \"batch_size\": 256, \"seed\": 1,"
    "             \"optimizer\": {\"name\": \"adamw\", \"learning_rate\": 0.002},"
    "             \"schedule\": {\"name\": \"cosine\"}}}";

int main(int argc, char **argv) {
  eqp_dataset *people = NULL;
  eqp_model *untrained = NULL, *model = NULL;
  eqp_error *error = NULL;
  int failed = 1;

  if (argc != 3) {
    fprintf(stderr, "usage: pretrain LENDING.csv NETWORK.onnx\n");
    return 2;
  }
  if (eqp_dataset_open(argv[1], NULL, NULL, &people, &error) == EQP_OK &&
      eqp_model_new(architecture, &untrained, &error) == EQP_OK &&
      eqp_finetune(untrained, people, NULL, config, NULL, &model, NULL, &error) == EQP_OK &&
      eqp_model_save(model, argv[2], NULL, NULL, &error) == EQP_OK)
    failed = 0;
  if (failed)
    fprintf(stderr, "%s\n", eqp_error_message(error));

  eqp_error_free(error);
  eqp_model_free(model);
  eqp_model_free(untrained);
  eqp_dataset_free(people);
  return failed;
}
