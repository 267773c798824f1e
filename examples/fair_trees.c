/*
 * Boosted trees made fairer: accuracy against the gap of selection rates.
 *
 * For each tolerance, the leaves of a model of XGBoost or LightGBM are tuned until the gap is below
 * it; and, if XGBoost's library is given, once more with further trees, grown from the gradient and
 * curvature of the same objective. All figures are for unseen rows.
 *
 *   fair_trees <model> <train.csv> <test.csv> <label> <sensitive> <excluded columns, or -> \
 *              [libxgboost.so]
 *
 * prints a table, and saves the last model in the format of the first one as fair_trees.txt
 * (LightGBM) or fair_trees.json (XGBoost).
 */
#define _POSIX_C_SOURCE 200112L

#include <equipoise/equipoise.h>
#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double tolerances[] = {0.1, 0.07, 0.05, 0.03, 0.02, 0.015, 0.01, 0.005};

static void check(eqp_status status, eqp_error *error) {
  if (status == EQP_OK)
    return;
  fprintf(stderr, "%s: %s\n", eqp_status_name(status), eqp_error_message(error));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The configuration's "data": the label, the sensitive attribute, and the columns that the trees
 * must not use. */
static void write_data(char *text, size_t size, char **names) {
  int is_blind = strcmp(names[2], "-") != 0;
  snprintf(text, size, "\"data\": {\"label\": \"%s\", \"sensitive\": [\"%s\"]%s%s%s}", names[0],
           names[1], is_blind ? ", \"exclude\": [\"" : "", is_blind ? names[2] : "",
           is_blind ? "\"]" : "");
}

/* Accuracy of all rows, and the difference of the groups' selection rates. */
static void judge(const eqp_model *model, const eqp_dataset *test, const char *data,
                  double *accuracy, double *gap) {
  eqp_error *error = NULL;
  char config[512], *report = NULL;
  snprintf(config, sizeof config, "{%s}", data);
  check(eqp_audit(model, test, NULL, config, NULL, &report, &error), error);
  json_object *json = json_tokener_parse(report), *overall, *attributes, *fairness, *value;
  json_object_object_get_ex(json, "overall", &overall);
  json_object_object_get_ex(overall, "accuracy", &value);
  *accuracy = json_object_get_double(value);
  json_object_object_get_ex(json, "attributes", &attributes);
  json_object_object_get_ex(json_object_array_get_idx(attributes, 0), "fairness", &fairness);
  json_object_object_get_ex(fairness, "demographic_parity_difference", &value);
  *gap = json_object_get_double(value);
  json_object_put(json);
  eqp_free(report);
}

/* Tunes the base under a tolerance, or grows further trees, and prints a line. */
static eqp_model *tune(const eqp_model *base, const eqp_dataset *train, const eqp_dataset *test,
                       const char *data, double tolerance, int grows) {
  eqp_error *error = NULL;
  eqp_model *tuned = NULL;
  char config[1024];
  const char *trees = "";
  /* Growing trees needs no further settings for the trade-off. */
  if (grows)
    trees = ", \"trees\": {\"grow\": 200, \"depth\": 4, \"learning_rate\": 0.1}";
  snprintf(config, sizeof config,
           "{%s, \"train\": {\"epochs\": %d, \"batch_size\": 512, \"optimizer\": {\"name\": "
           "\"adamw\", \"learning_rate\": 0.01}, \"schedule\": {\"name\": \"cosine\", \"warmup\": "
           "0.05}%s}, \"fairness\": [{\"objective\": \"demographic_parity\", \"tolerance\": %g}]}",
           data, grows ? 0 : 30, trees, tolerance);
  double started = now(), accuracy, gap;
  check(eqp_finetune(base, train, NULL, config, NULL, &tuned, NULL, &error), error);
  double seconds = now() - started;
  judge(tuned, test, data, &accuracy, &gap);
  printf("%-22s %9.3f %9.4f %9.4f %8.2f\n", grows ? "further trees" : "leaves", tolerance, accuracy,
         gap, seconds);
  fflush(stdout);
  return tuned;
}

int main(int count, char **arguments) {
  if (count < 7 || count > 8) {
    fprintf(stderr, "fair_trees <model> <train.csv> <test.csv> <label> <sensitive> <excluded or -> "
                    "[libxgboost.so]\n");
    return 2;
  }
  eqp_error *error = NULL;
  eqp_model *base = NULL, *tuned = NULL;
  eqp_dataset *train = NULL, *test = NULL;
  char data[512];
  double accuracy, gap;
  write_data(data, sizeof data, arguments + 4);
  if (count == 8)
    setenv("EQUIPOISE_XGBOOST_LIBRARY", arguments[7], 1);
  check(eqp_model_load(arguments[1], NULL, NULL, &base, &error), error);
  check(eqp_dataset_open(arguments[2], NULL, NULL, &train, &error), error);
  check(eqp_dataset_open(arguments[3], NULL, NULL, &test, &error), error);

  printf("%-22s %9s %9s %9s %8s\n", "method", "tolerance", "accuracy", "gap", "seconds");
  judge(base, test, data, &accuracy, &gap);
  printf("%-22s %9s %9.4f %9.4f %8s\n", "as it was", "-", accuracy, gap, "-");
  for (size_t i = 0; i < sizeof tolerances / sizeof *tolerances; i++)
    for (int grows = 0; grows < count - 6; grows++) {
      eqp_model_free(tuned);
      tuned = tune(base, train, test, data, tolerances[i], grows);
    }

  size_t length = strlen(arguments[1]);
  int is_text = length > 4 && strcmp(arguments[1] + length - 4, ".txt") == 0;
  check(eqp_model_save(tuned, is_text ? "fair_trees.txt" : "fair_trees.json", NULL, NULL, &error),
        error);

  eqp_model_free(tuned);
  eqp_model_free(base);
  eqp_dataset_free(train);
  eqp_dataset_free(test);
  return 0;
}
