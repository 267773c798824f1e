/* Audits a lender's decisions and writes a page; ends with 1 if the policy is not met:
 * first_audit data/lending.csv lending.html */
#include <equipoise/equipoise.h>
#include <stdio.h>

static const char *config =
    "{\"data\": {\"label\": \"approved\", \"prediction\": \"approved\", \"sensitive\": [\"sex\"]},"
    " \"metrics\": [\"selection_rate\"], \"intervals\": {},"
    " \"policy\": {\"require\": [{\"rule\": \"four_fifths\", \"confidence\": 0.95}]}}";

int main(int argc, char **argv) {
  eqp_dataset *decisions = NULL;
  char *report = NULL;
  eqp_error *error = NULL;
  const char *page = argc > 2 ? argv[2] : "lending.html";
  if (!eqp_dataset_open(argc > 1 ? argv[1] : "lending.csv", NULL, NULL, &decisions, &error) &&
      !eqp_audit(NULL, decisions, NULL, config, NULL, &report, &error) &&
      !eqp_report_render(report, "html", page, &error)) {
    printf("the verdict is in %s\n", page);
    eqp_policy_check(report, &error);
  }
  if (error)
    fprintf(stderr, "%s\n", eqp_error_message(error));
  int failed = error != NULL;
  eqp_error_free(error);
  eqp_free(report);
  eqp_dataset_free(decisions);
  return failed;
}
