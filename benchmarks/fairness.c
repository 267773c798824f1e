/*
 * Fairness on UCI Adult's official split: inputs are all columns except fnlwgt and sex, and sex is
 * not used at prediction. fairness <folder of adult> <configuration.json> <seeds> prints one JSON
 * line for each seed: accuracy and gaps on the test split, and seconds of training. The
 * configuration is the same for all seeds and was chosen on validation rows of the training split.
 */
#include "adult.h"

#include <json-c/json.h>

#include <string.h>

static double number(json_object *object, const char *key) {
  return json_object_get_double(json_object_object_get(object, key));
}

int main(int count, char **arguments) {
  if (count != 4)
    return 2;
  eqp_dataset *train = open_split(arguments[1], "adult.data.gz");
  eqp_dataset *test = open_split(arguments[1], "adult.test.gz");
  json_object *setting = json_object_from_file(arguments[2]);
  if (!setting) {
    fprintf(stderr, "%s is not JSON\n", arguments[2]);
    return 1;
  }
  json_object *config = json_object_object_get(setting, "finetune");
  json_object *architecture = json_object_object_get(setting, "model");
  for (int seed = 0; seed < atoi(arguments[3]); seed++) {
    eqp_error *error = NULL;
    eqp_model *fresh = NULL, *tuned = NULL;
    char *text = NULL;
    json_object_object_add(json_object_object_get(config, "train"), "seed",
                           json_object_new_int(seed));
    json_object_object_add(architecture, "seed", json_object_new_int(seed));
    check(eqp_model_new(json_object_to_json_string(architecture), &fresh, &error), error);
    double start = now();
    check(eqp_finetune(fresh, train, NULL, json_object_to_json_string(config), NULL, &tuned, NULL,
                       &error),
          error);
    double seconds = now() - start;
    check(eqp_audit(tuned, test, NULL, NULL, NULL, &text, &error), error);
    json_object *report = json_tokener_parse(text);
    json_object *fairness = json_object_object_get(
        json_object_array_get_idx(json_object_object_get(report, "attributes"), 0), "fairness");
    printf("{\"seed\": %d, \"accuracy\": %.6f, \"demographic_parity_difference\": %.6f, "
           "\"equalized_odds_difference\": %.6f, \"seconds\": %.3f}\n",
           seed, number(json_object_object_get(report, "overall"), "accuracy"),
           number(fairness, "demographic_parity_difference"),
           number(fairness, "equalized_odds_difference"), seconds);
    json_object_put(report);
    eqp_free(text);
    eqp_model_free(fresh);
    eqp_model_free(tuned);
  }
  json_object_put(setting);
  eqp_dataset_free(train);
  eqp_dataset_free(test);
  return 0;
}
