/* German credit from a file to a fair model to a verdict; docs/tutorial.md: tutorial german.data */
#include <equipoise/equipoise.h>
#include <stdio.h>

static const char *columns =
    "{\"delimiter\": \" \", \"header\": false, \"format\": \"csv\", \"column_names\": [\"status\","
    " \"duration\", \"history\", \"purpose\", \"amount\", \"savings\", \"employment\", \"rate\","
    " \"personal\", \"debtors\", \"residence\", \"property\", \"age\", \"plans\", \"housing\","
    " \"credits\", \"job\", \"dependants\", \"telephone\", \"foreign\", \"risk\"]}";
#define DATA                                                                                       \
  "\"data\": {\"label\": \"risk\", \"positive\": 1, \"exclude\": [\"personal\", \"foreign\"],"     \
  " \"sensitive\": [{\"name\": \"age\", \"bins\": [26]}]}"
#define POLICY                                                                                     \
  "\"policy\": {\"require\": [{\"metric\": \"demographic_parity_ratio\", \"at_least\": 0.9}]}"

int main(int argc, char **argv) {
  eqp_dataset *loans = NULL, *parts[2] = {NULL, NULL};
  eqp_model *untrained = NULL, *models[2] = {NULL, NULL};
  eqp_error *error = NULL;
  char *report = NULL, *result = NULL;
  double accuracy, ratio;
  const char *configs[2] = {"{" DATA "}",
                            "{" DATA ", \"fairness\": [{\"objective\": \"demographic_parity\","
                            " \"attribute\": \"age\", \"tolerance\": 0.02}]}"};
  int i,
      done = !eqp_dataset_open(argc > 1 ? argv[1] : "german.data", columns, NULL, &loans, &error) &&
             !eqp_dataset_split(loans, "{\"fractions\": [0.7, 0.3], \"stratify\": [\"risk\"]}",
                                parts, 2, &error) &&
             !eqp_model_new("{\"kind\": \"logistic\"}", &untrained, &error);
  for (i = 0; done && i < 2; i++) {
    done = !eqp_finetune(untrained, parts[0], NULL, configs[i], NULL, &models[i], NULL, &error) &&
           !eqp_audit(models[i], parts[1], NULL, "{" DATA ", " POLICY "}", NULL, &report, &error) &&
           !eqp_report_number(report, "/overall/accuracy", &accuracy, &error) &&
           !eqp_report_number(report, "/attributes/0/fairness/demographic_parity_ratio", &ratio,
                              &error) &&
           !eqp_report_value(report, "/verdict/rules/0/because", &result, &error) &&
           !eqp_report_render(report, "html", i ? "fair.html" : "plain.html", &error);
    if (done)
      printf("%s: accuracy %.3f, ratio %.3f\n  %s\n", i ? "fair" : "plain", accuracy, ratio,
             result);
    eqp_free(report), eqp_free(result);
    report = result = NULL;
  }
  done =
      done && !eqp_model_save(models[1], "fair-model", "{\"format\": \"equipoise\"}", NULL, &error);
  if (!done)
    fprintf(stderr, "%s\n", eqp_error_message(error));
  eqp_error_free(error), eqp_model_free(untrained), eqp_dataset_free(loans);
  for (i = 0; i < 2; i++)
    eqp_model_free(models[i]), eqp_dataset_free(parts[i]);
  return !done;
}
