/*
 * German credit, by age and by sex: first the data without a model, then a logistic model, trained
 * without fairness and trained to accept young and old people equally often.
 *
 *   german_credit german.data
 *
 * The table is german.data of the Statlog German Credit data (H. Hofmann, 1994; UCI Machine
 * Learning Repository, https://doi.org/10.24432/C5NC77): 1,000 loans, 20 attributes, and whether
 * the risk was good (1) or bad (2). It is not shipped here. Sex is derived from the ninth attribute
 * (A92 and A95: female); people of at most 25 years are the young group (Kamiran and Calders 2009).
 */
#include "report_numbers.h"
#include <equipoise/equipoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns =
    "{\"delimiter\": \" \", \"header\": false, \"format\": \"csv\", \"column_names\": [\"status\","
    " \"duration\", \"history\", \"purpose\", \"amount\", \"savings\", \"employment\", \"rate\","
    " \"personal_status\", \"debtors\", \"residence\", \"property\", \"age\", \"other_plans\","
    " \"housing\", \"credits\", \"job\", \"dependants\", \"telephone\", \"foreign\", \"risk\"]}";

/* The meaning of the columns; sensitive ones are not inputs. */
#define DATA                                                                                       \
  "\"data\": {\"label\": \"risk\", \"positive\": 1, \"exclude\": [\"personal_status\"],"           \
  "           \"sensitive\": [\"sex\", {\"name\": \"age\", \"bins\": [26]}]}"

static const char *const checks = "{" DATA ", \"data_checks\": {}}";
static const char *const audit = "{" DATA ", \"by\": [\"sex\", \"age\", [\"sex\", \"age\"]],"
                                 " \"metrics\": [\"count\", \"accuracy\", \"selection_rate\"],"
                                 " \"intervals\": {}}";
#define TRAIN                                                                                      \
  "\"train\": {\"epochs\": 60, \"batch_size\": 64, \"optimizer\": {\"learning_rate\": 0.01}}"
static const char *const plain = "{" DATA ", " TRAIN "}";
static const char *const fair =
    "{" DATA ", " TRAIN ", \"fairness\": [{\"objective\": \"demographic_parity\","
    "                 \"attribute\": \"age\", \"tolerance\": 0.02}]}";

/* Adds the column "sex", which the file has only together with the marital status. */
static int add_sex(eqp_dataset *people, eqp_error **error) {
  int64_t row, rows = eqp_dataset_rows(people);
  const char **sex = malloc(sizeof *sex * (size_t)(rows + 1));
  int done;
  if (!sex)
    return 0;
  for (row = 0; row < rows; row++) {
    const char *status = eqp_dataset_cell_text(people, "personal_status", row);
    int female = status && (strcmp(status, "A92") == 0 || strcmp(status, "A95") == 0);
    sex[row] = !status ? NULL : female ? "female" : "male";
  }
  done = eqp_dataset_add_text(people, "sex", sex, error) == EQP_OK;
  free(sex);
  return done;
}

/* Base rates, and the inputs that predict the attribute best. */
static void print_checks(const char *report_json) {
  struct json_object *report = json_tokener_parse(report_json);
  struct json_object *attributes = value_at(report, "/data_checks/attributes");
  size_t i, k;
  for (i = 0; attributes && i < json_object_array_length(attributes); i++) {
    struct json_object *attribute = json_object_array_get_idx(attributes, i);
    struct json_object *groups = value_at(attribute, "/groups");
    printf("  by %s\n", text_at(attribute, "/attribute"));
    for (k = 0; groups && k < json_object_array_length(groups); k++) {
      struct json_object *group = json_object_array_get_idx(groups, k);
      printf("    %-10s %4.0f loans, %5.1f%% of them good\n", text_at(group, "/group"),
             number_at(group, "/count"), 100 * number_at(group, "/base_rate"));
    }
    printf("    %s\n", text_at(attribute, "/proxies/sentence"));
  }
  json_object_put(report);
}

static void print_audit(const char *title, const char *report_json) {
  struct json_object *report = json_tokener_parse(report_json);
  struct json_object *attributes = value_at(report, "/attributes");
  size_t i, k;
  printf("\n%s: accuracy %.3f\n", title, number_at(report, "/overall/accuracy"));
  for (i = 0; attributes && i < json_object_array_length(attributes); i++) {
    struct json_object *attribute = json_object_array_get_idx(attributes, i);
    struct json_object *groups = value_at(attribute, "/groups");
    for (k = 0; groups && k < json_object_array_length(groups); k++) {
      struct json_object *group = json_object_array_get_idx(groups, k);
      printf("    %-14s %4.0f people, %5.1f%% accepted (95%%: %.1f to %.1f)\n",
             text_at(group, "/group"), number_at(group, "/count"),
             100 * number_at(group, "/metrics/selection_rate"),
             100 * number_at(group, "/intervals/selection_rate/0"),
             100 * number_at(group, "/intervals/selection_rate/1"));
    }
    printf("  by %s: demographic parity difference %.3f\n", text_at(attribute, "/attribute"),
           number_at(attribute, "/fairness/demographic_parity_difference"));
  }
  json_object_put(report);
}

/* Trains a logistic model on the first part and audits it on the second. */
static int train_and_audit(const char *title, eqp_dataset **parts, const char *config,
                           eqp_error **error) {
  eqp_model *untrained = NULL, *model = NULL;
  char *report = NULL;
  int done = eqp_model_new("{\"kind\": \"logistic\"}", &untrained, error) == EQP_OK &&
             eqp_finetune(untrained, parts[0], NULL, config, NULL, &model, NULL, error) == EQP_OK &&
             eqp_audit(model, parts[1], NULL, audit, NULL, &report, error) == EQP_OK;
  if (done)
    print_audit(title, report);
  eqp_free(report);
  eqp_model_free(model);
  eqp_model_free(untrained);
  return done;
}

int main(int argc, char **argv) {
  eqp_dataset *people = NULL, *parts[2] = {NULL, NULL};
  eqp_error *error = NULL;
  char *report = NULL;
  int done;
  if (argc != 2) {
    fprintf(stderr, "usage: german_credit german.data\n"
                    "The table is at https://doi.org/10.24432/C5NC77.\n");
    return 2;
  }
  done = eqp_dataset_open(argv[1], columns, NULL, &people, &error) == EQP_OK &&
         add_sex(people, &error) &&
         eqp_audit(NULL, people, NULL, checks, NULL, &report, &error) == EQP_OK;
  if (done) {
    printf("The data, before any model\n");
    print_checks(report);
  }
  done = done &&
         eqp_dataset_split(people, "{\"fractions\": [0.6, 0.4], \"stratify\": [\"risk\", \"sex\"]}",
                           parts, 2, &error) == EQP_OK &&
         train_and_audit("A logistic model", parts, plain, &error) &&
         train_and_audit("One that is to accept young and old alike", parts, fair, &error);
  if (!done)
    fprintf(stderr, "%s\n", error ? eqp_error_message(error) : "out of memory");
  eqp_error_free(error);
  eqp_free(report);
  eqp_dataset_free(parts[0]);
  eqp_dataset_free(parts[1]);
  eqp_dataset_free(people);
  return !done;
}
