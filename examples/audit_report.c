/*
 * Reports for people: audits models on the same rows, judges each by a policy, and writes reports
 * for programs (JSON) and for readers (HTML, Markdown, SVG).
 *
 *   audit_report PEOPLE.csv AUDIT.json FOLDER NAME=MODEL...
 *
 * FOLDER receives NAME.json, NAME.html, NAME.md and NAME.svg for each model, and with several
 * models comparison.html, which compares them. The rows are those that main_job has set aside.
 */
#include "report_numbers.h"
#include <equipoise/equipoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const split =
    "{\"fractions\": [0.66, 0.34], \"stratify\": [\"approved\", \"sex\", \"group\"], \"seed\": 3}";

static const struct {
  const char *format, *extension;
} pages[] = {{"html", "html"}, {"markdown", "md"}, {"svg", "svg"}};

/* Writes one report in every format; `report_json` is a report of eqp_audit. */
static int write_pages(const char *report_json, const char *folder, const char *name,
                       eqp_error **error) {
  char path[4096];
  size_t i;
  FILE *file;
  snprintf(path, sizeof path, "%s/%s.json", folder, name);
  file = fopen(path, "wb");
  if (!file || fputs(report_json, file) < 0 || fclose(file) != 0) {
    perror(path);
    return 0;
  }
  for (i = 0; i < sizeof pages / sizeof *pages; i++) {
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, pages[i].extension);
    if (eqp_report_render(report_json, pages[i].format, path, error) != EQP_OK)
      return 0;
  }
  return 1;
}

/* The verdict, and the rules on which it is based. */
static void print_verdict(struct json_object *report, const char *name) {
  struct json_object *rules = value_at(report, "/verdict/rules");
  size_t i, count = rules ? json_object_array_length(rules) : 0;
  printf("  %s: %s\n", name, text_at(report, "/verdict/result"));
  for (i = 0; i < count; i++) {
    struct json_object *rule = json_object_array_get_idx(rules, i);
    printf("    %-16s %s: %s\n", text_at(rule, "/result"),
           value_at(rule, "/attribute") ? text_at(rule, "/attribute") : "all rows",
           text_at(rule, "/because"));
  }
}

/* Audits one model and adds its report, with its name, to `reports`. */
static int audit_model(const char *name, const char *path, const eqp_dataset *people,
                       const char *config, const char *folder, struct json_object *reports,
                       eqp_error **error) {
  eqp_model *model = NULL;
  char *report_json = NULL;
  int done = eqp_model_load(path, NULL, NULL, &model, error) == EQP_OK &&
             eqp_audit(model, people, NULL, config, NULL, &report_json, error) == EQP_OK;
  if (done) {
    struct json_object *report = json_tokener_parse(report_json);
    json_object_object_add(report, "name", json_object_new_string(name));
    print_verdict(report, name);
    done = write_pages(json_object_to_json_string(report), folder, name, error);
    if (done)
      printf("    the page is %s/%s.html\n", folder, name);
    json_object_array_add(reports, report);
  }
  eqp_free(report_json);
  eqp_model_free(model);
  return done;
}

int main(int argc, char **argv) {
  eqp_dataset *people = NULL, *parts[2] = {NULL, NULL};
  eqp_error *error = NULL;
  struct json_object *config, *reports = json_object_new_array();
  char path[4096];
  int i, done = 0;

  if (argc < 5) {
    fprintf(stderr, "usage: audit_report PEOPLE.csv AUDIT.json FOLDER NAME=MODEL...\n");
    return 2;
  }
  config = json_object_from_file(argv[2]);
  if (!config)
    fprintf(stderr, "%s\n", json_util_get_last_err());
  else
    done = eqp_dataset_open(argv[1], NULL, NULL, &people, &error) == EQP_OK &&
           eqp_dataset_split(people, split, parts, 2, &error) == EQP_OK;
  if (done)
    printf("  the policy of %s, on %d rows that tuning never saw\n", argv[2],
           (int)eqp_dataset_rows(parts[1]));
  for (i = 4; done && i < argc; i++) {
    const char *equals = strchr(argv[i], '=');
    char name[64];
    snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - argv[i]) : 5,
             equals ? argv[i] : "model");
    done = audit_model(name, equals ? equals + 1 : argv[i], parts[1],
                       json_object_to_json_string(config), argv[3], reports, &error);
  }
  if (done && json_object_array_length(reports) > 1) {
    snprintf(path, sizeof path, "%s/comparison.html", argv[3]);
    done = eqp_report_render(json_object_to_json_string(reports), "html", path, &error) == EQP_OK;
    if (done)
      printf("  side by side: %s\n", path);
  }
  if (error)
    fprintf(stderr, "%s\n", eqp_error_message(error));
  eqp_error_free(error);
  json_object_put(config);
  json_object_put(reports);
  eqp_dataset_free(parts[0]);
  eqp_dataset_free(parts[1]);
  eqp_dataset_free(people);
  return !done;
}
