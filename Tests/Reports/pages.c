/*
 * Renders the reports that Tests/Reports/run.sh checks:
 *
 *   pages MODEL.onnx LENDING.csv FOLDER
 *
 * audit.html of a model with all sections of an audit, hostile.html with names of groups and
 * columns that would break a careless page, models.html of two audits, finetune.html of a
 * tuning.
 */
#include <equipoise/equipoise.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static eqp_error *error = NULL;

static void require(eqp_status status, const char *what) {
  if (status == EQP_OK)
    return;
  fprintf(stderr, "%s: %s\n", what, eqp_error_message(error));
  exit(1);
}

static void render(const char *report, const char *format, const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  require(eqp_report_render(report, format, path, &error), name);
}

static const char *const full_audit =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"sex\", "
    "\"group\"]},"
    " \"by\": [\"sex\", \"group\", [\"sex\", \"group\"]], \"curves\": true, \"intervals\": {}, "
    "\"tests\": {},"
    " \"metrics\": [\"accuracy\", \"selection_rate\", \"tpr\", \"fpr\", \"auc\"],"
    " \"policy\": {\"require\": [\"four_fifths\", {\"metric\": \"demographic_parity_difference\","
    " \"attribute\": \"sex\", \"at_most\": 0.05, \"confidence\": 0.95}]},"
    " \"subgroups\": {\"attributes\": [\"sex\", \"group\"]}, \"data_checks\": {}}";

static const char *const tuning = "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", "
                                  "\"sensitive\": [\"sex\", \"group\"]},"
                                  " \"train\": {\"epochs\": 2, \"seed\": 1},"
                                  " \"fairness\": [{\"objective\": \"demographic_parity\", "
                                  "\"attribute\": \"sex\", \"tolerance\": 0.02}]}";

/* Labels, decisions and scores of groups whose names are markup, quotes, and right-to-left text. */
static char *hostile_report(void) {
  static const char *const names[] = {"<script>alert(1)</script>", "\"quoted\" & 'single' | pipe",
                                      "</svg></main>", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"};
  enum { ROWS = 400 };
  static const char *groups[ROWS];
  static int64_t labels[ROWS];
  static float scores[ROWS];
  eqp_dataset *dataset = NULL;
  char *report = NULL;
  int row;
  for (row = 0; row < ROWS; row++) {
    groups[row] = names[row % 4];
    labels[row] = row / 4 % 3 == 0;
    scores[row] = (float)(row * 37 % 101) / 101;
  }
  require(eqp_dataset_new(ROWS, &dataset, &error), "hostile");
  require(eqp_dataset_add_text(dataset, "<b>group", groups, &error), "hostile");
  require(eqp_dataset_add_i64(dataset, "label", labels, NULL, &error), "hostile");
  require(eqp_dataset_add_f32(dataset, "score", scores, NULL, &error), "hostile");
  require(
      eqp_audit(
          NULL, dataset, NULL,
          "{\"data\": {\"label\": \"label\", \"score\": \"score\", \"sensitive\": [\"<b>group\"]},"
          " \"curves\": true, \"intervals\": {}}",
          NULL, &report, &error),
      "hostile");
  eqp_dataset_free(dataset);
  return report;
}

/* A report of an audit with a name: {"name": NAME, rest of the report. */
static char *named(const char *report, const char *name) {
  const char *rest = strchr(report, '{') + 1;
  char *text = malloc(strlen(report) + strlen(name) + 32);
  sprintf(text, "{\"name\": \"%s\", %s", name, rest);
  return text;
}

int main(int count, char **arguments) {
  eqp_dataset *rows = NULL, *parts[2] = {NULL, NULL};
  eqp_model *model = NULL, *tuned = NULL;
  char *before = NULL, *after = NULL, *history = NULL, *hostile, *first, *second, *both;
  if (count != 4)
    return 2;
  require(eqp_model_load(arguments[1], NULL, NULL, &model, &error), "model");
  require(eqp_dataset_open(arguments[2], NULL, NULL, &rows, &error), "rows");
  require(eqp_dataset_split(rows, "{\"fractions\": [0.5, 0.5], \"seed\": 1}", parts, 2, &error),
          "split");
  require(eqp_audit(model, parts[1], NULL, full_audit, NULL, &before, &error), "audit");
  require(eqp_finetune(model, parts[0], parts[1], tuning, NULL, &tuned, &history, &error),
          "tuning");
  require(eqp_audit(tuned, parts[1], NULL, full_audit, NULL, &after, &error), "audit of the tuned");
  hostile = hostile_report();
  first = named(before, "as it was");
  second = named(after, "tuned");
  both = malloc(strlen(first) + strlen(second) + 8);
  sprintf(both, "[%s, %s]", first, second);
  render(before, "html", arguments[3], "audit.html");
  render(before, "svg", arguments[3], "audit.svg");
  render(before, "markdown", arguments[3], "audit.md");
  render(hostile, "html", arguments[3], "hostile.html");
  render(hostile, "svg", arguments[3], "hostile.svg");
  render(hostile, "markdown", arguments[3], "hostile.md");
  render(both, "html", arguments[3], "models.html");
  render(history, "html", arguments[3], "finetune.html");
  eqp_free(before);
  eqp_free(after);
  eqp_free(history);
  eqp_free(hostile);
  free(first);
  free(second);
  free(both);
  eqp_model_free(model);
  eqp_model_free(tuned);
  eqp_dataset_free(rows);
  eqp_dataset_free(parts[0]);
  eqp_dataset_free(parts[1]);
  return 0;
}
