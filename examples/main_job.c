/*
 * The main job: takes an existing network, measures how it treats people, makes it fairer, and
 * shows the changes.
 *
 *   main_job NETWORK.onnx PEOPLE.csv FINETUNE.json AUDIT.json FOLDER
 *
 * A third of the rows is set aside, and both audits use only rows that tuning does not see. FOLDER
 * receives tuned.onnx for any ONNX runtime, tuned.model for this library, and report.json.
 */
#include "report_numbers.h"
#include <equipoise/equipoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All objects of the job, which are released in one place. */
typedef struct job {
  eqp_dataset *people, *parts[2], *some, *predictions;
  eqp_model *model, *tuned;
  char *finetune_json, *audit_json;
  char *audit_before, *audit_after, *report;
  eqp_error *error;
} job;

static void release(job *j) {
  eqp_dataset_free(j->people);
  eqp_dataset_free(j->parts[0]);
  eqp_dataset_free(j->parts[1]);
  eqp_dataset_free(j->some);
  eqp_dataset_free(j->predictions);
  eqp_model_free(j->model);
  eqp_model_free(j->tuned);
  free(j->finetune_json);
  free(j->audit_json);
  eqp_free(j->audit_before);
  eqp_free(j->audit_after);
  eqp_free(j->report);
  eqp_error_free(j->error);
}

/* The text of a file, which the caller frees; NULL if it cannot be read. */
static char *read_text(const char *path) {
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  long size;
  if (!file)
    return NULL;
  if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0 &&
      (text = malloc((size_t)size + 1)) != NULL) {
    text[fread(text, 1, (size_t)size, file)] = '\0';
  }
  fclose(file);
  return text;
}

static int write_text(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  int written;
  if (!file)
    return 0;
  written = fputs(text, file) >= 0;
  return fclose(file) == 0 && written;
}

/* One line on the terminal, overwritten with every event. */
static int32_t show_progress(void *context, const char *event_json) {
  struct json_object *event = json_tokener_parse(event_json);
  struct json_object *gaps = value_at(event, "/gaps");
  (void)context;
  fprintf(stderr, "\r\033[K  step %.0f of %.0f, loss %.4f", number_at(event, "/step"),
          number_at(event, "/steps"), number_at(event, "/loss"));
  if (gaps) {
    json_object_object_foreach(gaps, name, gap) {
      fprintf(stderr, ", %s %.3f", name, json_object_get_double(gap));
    }
  }
  json_object_put(event);
  return 0; /* anything else would stop the work */
}

static void print_line(const char *name, double before, double after) {
  printf("  %-34s %9.4f %9.4f   %+8.4f\n", name, before, after, after - before);
}

/* Compares both audits: accuracy, then for each attribute its groups' rates and the gap. */
static void print_audits(const char *before_json, const char *after_json) {
  struct json_object *before = json_tokener_parse(before_json),
                     *after = json_tokener_parse(after_json);
  struct json_object *attributes = value_at(before, "/attributes");
  size_t count = attributes ? json_object_array_length(attributes) : 0, i, k;
  char pointer[256];

  printf("\n  %-34s %9s %9s   %8s\n", "on rows that tuning never saw", "before", "after", "change");
  print_line("accuracy", number_at(before, "/overall/accuracy"),
             number_at(after, "/overall/accuracy"));
  print_line("area under ROC", number_at(before, "/overall/auc"), number_at(after, "/overall/auc"));
  for (i = 0; i < count; i++) {
    struct json_object *attribute = json_object_array_get_idx(attributes, i);
    struct json_object *groups = value_at(attribute, "/groups");
    size_t group_count = groups ? json_object_array_length(groups) : 0;
    printf("  by %s\n", text_at(attribute, "/attribute"));
    for (k = 0; k < group_count; k++) {
      char name[64];
      snprintf(name, sizeof name, "    selected of %s",
               text_at(json_object_array_get_idx(groups, k), "/group"));
      snprintf(pointer, sizeof pointer, "/attributes/%zu/groups/%zu/metrics/selection_rate", i, k);
      print_line(name, number_at(before, pointer), number_at(after, pointer));
    }
    snprintf(pointer, sizeof pointer, "/attributes/%zu/fairness/demographic_parity_difference", i);
    print_line("    demographic parity difference", number_at(before, pointer),
               number_at(after, pointer));
    snprintf(pointer, sizeof pointer, "/attributes/%zu/fairness/equalized_odds_difference", i);
    print_line("    equalized odds difference", number_at(before, pointer),
               number_at(after, pointer));
  }
  json_object_put(before);
  json_object_put(after);
}

/* Predicts the first rows of a file, as a service would predict those of a request. */
static int predict_some(job *j, const char *people_path) {
  int64_t rows, row;
  if (eqp_dataset_open(people_path, "{\"max_rows\": 5}", NULL, &j->some, &j->error) != EQP_OK)
    return 0;
  if (eqp_predict(j->tuned, j->some, NULL, NULL, &j->predictions, &j->error) != EQP_OK)
    return 0;
  rows = eqp_dataset_rows(j->predictions);
  printf("\n  the tuned model on the first %d rows\n", (int)rows);
  for (row = 0; row < rows; row++) {
    float scores[5] = {0};
    const char *label = eqp_dataset_cell_text(j->predictions, "label", row);
    if (eqp_dataset_column_f32(j->predictions, "score", scores, 5, &j->error) != EQP_OK)
      return 0;
    printf("    row %d: probability %.3f, decision %s\n", (int)row, scores[row],
           label ? label : "?");
  }
  return 1;
}

/* Saves the tuned model in both formats and the report. */
static int save_all(job *j, const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/tuned.onnx", folder);
  if (eqp_model_save(j->tuned, path, NULL, NULL, &j->error) != EQP_OK)
    return 0;
  printf("\n  saved %s", path);
  snprintf(path, sizeof path, "%s/tuned.model", folder);
  if (eqp_model_save(j->tuned, path, NULL, NULL, &j->error) != EQP_OK)
    return 0;
  printf(", %s", path);
  snprintf(path, sizeof path, "%s/report.json", folder);
  if (!write_text(path, j->report)) {
    perror(path);
    return 0;
  }
  printf(", %s\n", path);
  return 1;
}

/* The requested and the reached value of each gap, then the warnings. */
static void print_constraints(const char *report_json) {
  struct json_object *report = json_tokener_parse(report_json);
  struct json_object *constraints = value_at(report, "/constraints"),
                     *notes = value_at(report, "/notes");
  size_t i;

  if (constraints)
    printf("\n  %-34s %9s %9s %9s   %s\n", "largest gap of the decisions", "asked", "trained",
           "held out", "met");
  for (i = 0; constraints && i < json_object_array_length(constraints); i++) {
    struct json_object *entry = json_object_array_get_idx(constraints, i);
    char name[96];
    snprintf(name, sizeof name, "%s by %s", text_at(entry, "/statistic"),
             text_at(entry, "/attribute"));
    printf("  %-34s %9.4f %9.4f %9.4f   %s\n", name, number_at(entry, "/asked"),
           number_at(entry, "/train/gap"), number_at(entry, "/validation/gap"),
           text_at(entry, "/met"));
  }
  for (i = 0; notes && i < json_object_array_length(notes); i++)
    printf("  note: %s\n", json_object_get_string(json_object_array_get_idx(notes, i)));
  json_object_put(report);
}

static int run(job *j, char **arguments) {
  const char *split = "{\"fractions\": [0.66, 0.34], \"stratify\": [\"approved\", \"sex\", "
                      "\"group\"], \"seed\": 3}";
  eqp_hooks hooks;
  memset(&hooks, 0, sizeof hooks);
  hooks.struct_size = sizeof hooks;
  hooks.progress = show_progress;

  j->finetune_json = read_text(arguments[3]);
  j->audit_json = read_text(arguments[4]);
  if (!j->finetune_json || !j->audit_json) {
    perror(j->finetune_json ? arguments[4] : arguments[3]);
    return 0;
  }
  if (eqp_model_load(arguments[1], NULL, NULL, &j->model, &j->error) != EQP_OK)
    return 0;
  if (eqp_dataset_open(arguments[2], NULL, NULL, &j->people, &j->error) != EQP_OK)
    return 0;
  printf("  %s on %s, %d rows\n", arguments[1], arguments[2], (int)eqp_dataset_rows(j->people));
  if (eqp_dataset_split(j->people, split, j->parts, 2, &j->error) != EQP_OK)
    return 0;

  if (eqp_audit(j->model, j->parts[1], NULL, j->audit_json, NULL, &j->audit_before, &j->error) !=
      EQP_OK)
    return 0;
  if (eqp_finetune(j->model, j->parts[0], NULL, j->finetune_json, &hooks, &j->tuned, &j->report,
                   &j->error))
    return 0;
  fprintf(stderr, "\n");
  if (eqp_audit(j->tuned, j->parts[1], NULL, j->audit_json, NULL, &j->audit_after, &j->error) !=
      EQP_OK)
    return 0;
  print_audits(j->audit_before, j->audit_after);
  print_constraints(j->report);
  return predict_some(j, arguments[2]) && save_all(j, arguments[5]);
}

int main(int argc, char **argv) {
  job j;
  int done;
  memset(&j, 0, sizeof j);
  if (argc != 6) {
    fprintf(stderr, "usage: main_job NETWORK.onnx PEOPLE.csv FINETUNE.json AUDIT.json FOLDER\n");
    return 2;
  }
  done = run(&j, argv);
  if (!done && j.error)
    fprintf(stderr, "\n%s: %s\n", eqp_status_name(eqp_error_status(j.error)),
            eqp_error_message(j.error));
  release(&j);
  return done ? 0 : 1;
}
