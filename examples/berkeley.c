/*
 * The graduate admissions of Berkeley in autumn 1973: people's decisions, audited without a
 * model.
 *
 *   berkeley FILE.csv
 *
 * Writes the 4,526 applications to the six largest departments, one row each, and audits the
 * decisions by sex, and by sex within departments. Taken together, women were admitted much less
 * often than men; within four of the six departments they were admitted more often. Women had
 * applied to departments that admit few applicants of either sex: Simpson's paradox.
 *
 * The counts are those of P. J. Bickel, E. A. Hammel and J. W. O'Connell, "Sex Bias in Graduate
 * Admissions: Data from Berkeley", Science 187 (4175), 1975, pages 398-404, for the six largest
 * departments as D. Freedman, R. Pisani and R. Purves give them in "Statistics".
 */
#include "report_numbers.h"
#include <equipoise/equipoise.h>
#include <stdio.h>
#include <string.h>

static const struct {
  char department;
  const char *sex;
  int admitted, rejected;
} counts[] = {
    {'A', "male", 512, 313},  {'A', "female", 89, 19},   {'B', "male", 353, 207},
    {'B', "female", 17, 8},   {'C', "male", 120, 205},   {'C', "female", 202, 391},
    {'D', "male", 138, 279},  {'D', "female", 131, 244}, {'E', "male", 53, 138},
    {'E', "female", 94, 299}, {'F', "male", 22, 351},    {'F', "female", 24, 317},
};

static const char *const config =
    "{\"data\": {\"label\": \"admitted\", \"prediction\": \"admitted\", \"positive\": \"yes\","
    "            \"sensitive\": [\"sex\", \"department\"]},"
    " \"by\": [\"sex\", [\"department\", \"sex\"]], \"metrics\": [\"count\", \"selection_rate\"]}";

/* A row for each application, department by department. */
static int write_applications(const char *path) {
  FILE *file = fopen(path, "w");
  size_t i;
  int n;
  if (!file)
    return 0;
  fprintf(file, "department,sex,admitted\n");
  for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    for (n = 0; n < counts[i].admitted; n++)
      fprintf(file, "%c,%s,yes\n", counts[i].department, counts[i].sex);
    for (n = 0; n < counts[i].rejected; n++)
      fprintf(file, "%c,%s,no\n", counts[i].department, counts[i].sex);
  }
  return fclose(file) == 0;
}

/* Prints the groups of the attribute at `place` of the report, one line each. */
static void print_groups(struct json_object *report, int place) {
  char pointer[128];
  size_t count, i;
  struct json_object *groups;
  snprintf(pointer, sizeof pointer, "/attributes/%d/groups", place);
  groups = value_at(report, pointer);
  count = groups ? json_object_array_length(groups) : 0;
  for (i = 0; i < count; i++) {
    struct json_object *group = json_object_array_get_idx(groups, i);
    printf("  %-12s %5.0f applied  %5.1f%% admitted\n", text_at(group, "/group"),
           number_at(group, "/count"), 100 * number_at(group, "/metrics/selection_rate"));
  }
}

int main(int argc, char **argv) {
  eqp_dataset *applications = NULL;
  char *report_json = NULL;
  eqp_error *error = NULL;
  int failed = 1;

  if (argc != 2) {
    fprintf(stderr, "usage: berkeley FILE.csv\n");
    return 2;
  }
  if (!write_applications(argv[1])) {
    perror(argv[1]);
    return 1;
  }
  if (eqp_dataset_open(argv[1], NULL, NULL, &applications, &error) == EQP_OK &&
      eqp_audit(NULL, applications, NULL, config, NULL, &report_json, &error) == EQP_OK) {
    struct json_object *report = json_tokener_parse(report_json);
    printf("Berkeley 1973, %.0f applications\n\nBy sex alone:\n", number_at(report, "/rows"));
    print_groups(report, 0);
    printf("  demographic parity difference %.3f\n",
           number_at(report, "/attributes/0/fairness/demographic_parity_difference"));
    printf("\nBy sex within departments:\n");
    print_groups(report, 1);
    printf("\nWithin four of the six departments women were admitted more often than men.\n");
    json_object_put(report);
    failed = 0;
  } else {
    fprintf(stderr, "%s\n", eqp_error_message(error));
  }
  eqp_free(report_json);
  eqp_error_free(error);
  eqp_dataset_free(applications);
  return failed;
}
