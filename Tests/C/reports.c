/*
 * Rendered reports: an audit, a fine-tuning and two audits in comparison, as HTML, Markdown and
 * SVG. The verdict comes first, elements are closed, names from the data are escaped, and if a
 * page cannot be written, the old one is unchanged.
 */
#include "applicants.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

#define HOSTILE "<script>alert(1)</script>"
/* A column's name with characters that have a meaning in HTML, Markdown and JSON. */
#define COLUMN "who \"is\" | <b>&he"

/* The policy is not met: no one in one group is selected. */
static const char *const hostile_config =
    "{\"data\": {\"label\": \"label\", \"positive\": \"yes\", \"prediction\": \"decision\","
    "            \"sensitive\": [\"who \\\"is\\\" | <b>&he\"]}, \"intervals\": {}, \"tests\": {},"
    " \"policy\": {\"require\": [\"four_fifths\"]}}";

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  char *text = calloc(1, 1 << 22);
  CHECK(file != NULL && text != NULL);
  if (file && text)
    CHECK(fread(text, 1, (1 << 22) - 1, file) > 0);
  if (file)
    fclose(file);
  return text;
}

static int begins(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/* Whether `first` occurs in the text before `second`. */
static int precedes(const char *text, const char *first, const char *second) {
  const char *one = strstr(text, first), *two = strstr(text, second);
  return one && two && one < two;
}

/* Whether every element is closed, attributes are quoted, and every & begins an entity. */
static int well_formed(const char *text) {
  char open[64][16];
  int depth = 0;
  for (; *text; text++) {
    char name[16] = "";
    size_t length = 0;
    int ends, quoted = 0;
    if (*text == '&') {
      const char *end = text + 1;
      while (isalnum((unsigned char)*end) || *end == '#')
        end++;
      if (end == text + 1 || *end != ';')
        return 0;
    }
    if (*text != '<')
      continue;
    ends = text[1] == '/';
    text += 1 + ends;
    for (; (isalnum((unsigned char)*text) || *text == '!') && length < 15; text++)
      name[length++] = *text;
    for (; *text && (quoted || *text != '>'); text++) {
      if (*text == '"')
        quoted = !quoted;
      else if (*text == '<' && !quoted)
        return 0;
    }
    if (length == 0 || *text != '>')
      return 0;
    if (ends) {
      if (depth == 0 || strcmp(open[--depth], name) != 0)
        return 0;
    } else if (text[-1] != '/' && name[0] != '!' && strcmp(name, "meta") != 0) {
      if (depth == 64)
        return 0;
      strcpy(open[depth++], name);
    }
  }
  return depth == 0;
}

/* Whether the rows of tables have as many cells as their heads. */
static int tables_hold_together(const char *text) {
  int expected = 0;
  while (*text) {
    const char *end = strchr(text, '\n');
    size_t length = end ? (size_t)(end - text) : strlen(text), i;
    int bars = 0;
    for (i = 0; i < length; i++) {
      if (text[i] == '\\')
        i++;
      else
        bars += text[i] == '|';
    }
    if (text[0] != '|')
      expected = 0;
    else if (expected == 0)
      expected = bars;
    else if (bars != expected)
      return 0;
    text += length + (end != NULL);
  }
  return 1;
}

/* Checks all three formats; in each, the headline comes before the first table or figure. */
static void pages(const char *report, const char *headline) {
  char *text;
  SUCCEEDS(eqp_report_render(report, "html", "page.html", &error));
  text = read_file("page.html");
  CHECK(begins(text, "<!DOCTYPE html>\n<html lang=\"en\">"));
  CHECK(precedes(text, headline, "<table>") && precedes(text, headline, "<figure>"));
  CHECK(well_formed(text));
  CHECK(strstr(text, "<script") == NULL && strstr(text, "<b>") == NULL);
  CHECK(strstr(text, "href=\"http") == NULL && strstr(text, "src=") == NULL);
  free(text);
  SUCCEEDS(eqp_report_render(report, "markdown", "page.md", &error));
  text = read_file("page.md");
  CHECK(begins(text, "# Fair"));
  CHECK(precedes(text, headline, "| metric |") || precedes(text, headline, "| model |"));
  CHECK(strstr(text, "<script") == NULL && strstr(text, "<b>") == NULL);
  CHECK(tables_hold_together(text));
  free(text);
  SUCCEEDS(eqp_report_render(report, "svg", "page.svg", &error));
  text = read_file("page.svg");
  CHECK(begins(text, "<svg xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(strstr(text, headline) != NULL);
  CHECK(well_formed(text));
  CHECK(strstr(text, "<script") == NULL && strstr(text, "<b>") == NULL);
  free(text);
}

static void hostile_names(void) {
  enum { ROWS = 120 };
  static const char *who[ROWS], *labels[ROWS], *decisions[ROWS];
  eqp_dataset *dataset = NULL;
  char *report = NULL, *text;
  int row;
  for (row = 0; row < ROWS; row++) {
    who[row] = row % 3 == 0 ? HOSTILE : row % 3 == 1 ? "a|b`*_[x](y)" : "\"'&amp;\n";
    labels[row] = row % 2 == 0 ? "yes" : "no";
    decisions[row] = row % 3 != 0 && row % 5 != 0 ? "yes" : "no";
  }
  SUCCEEDS(eqp_dataset_new(ROWS, &dataset, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, COLUMN, who, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "label", labels, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "decision", decisions, &error));
  SUCCEEDS(eqp_audit(NULL, dataset, NULL, hostile_config, NULL, &report, &error));
  pages(report, "The policy is not met");
  text = read_file("page.html");
  CHECK(strstr(text, "&lt;script&gt;alert(1)&lt;/script&gt;") != NULL);
  CHECK(strstr(text, "who &quot;is&quot; | &lt;b&gt;&amp;he") != NULL);
  free(text);
  text = read_file("page.md");
  CHECK(strstr(text, "&lt;script&gt;alert(1)&lt;/script&gt;") != NULL);
  CHECK(strstr(text, "a\\|b\\`\\*\\_\\[x\\](y)") != NULL);
  free(text);
  eqp_free(report);
  eqp_dataset_free(dataset);
}

static void tunings_and_models(const eqp_dataset *applicants) {
  static const char *const audit = "{\"curves\": true, \"policy\": {\"require\": [{\"metric\": "
                                   "\"demographic_parity_difference\","
                                   " \"at_most\": 0.15}]}}";
  eqp_model *unfair = make_trained(applicants), *fair = NULL;
  char *reports[2] = {NULL, NULL}, *tuning = NULL, *both, *text, *found, sentence[64];
  SUCCEEDS(eqp_finetune(unfair, applicants, NULL, fair_config, NULL, &fair, &tuning, &error));
  pages(tuning, "No policy was given, so nothing is judged");
  text = read_file("page.html");
  /* About a tenth of the 1,200 applicants was set aside. */
  CHECK((found = strstr(tuning, "\"train\": ")) != NULL);
  sprintf(sentence, "The model learnt from 1,%03d rows in 12 epochs", atoi(found + 9) - 1000);
  CHECK(strstr(text, sentence) != NULL);
  free(text);
  SUCCEEDS(eqp_audit(unfair, applicants, NULL, audit, NULL, &reports[0], &error));
  SUCCEEDS(eqp_audit(fair, applicants, NULL, audit, NULL, &reports[1], &error));
  pages(reports[0], "The policy is not met");
  pages(reports[1], "The policy is met");
  both = calloc(1, strlen(reports[0]) + strlen(reports[1]) + 100);
  sprintf(both, "[{\"name\": \"plain " HOSTILE "\", %s, {\"name\": \"fair\", %s]", reports[0] + 1,
          reports[1] + 1);
  pages(both, "1 of 2 models meet the policy");
  text = read_file("page.html");
  CHECK(strstr(text, "fair\u201d: Met.") != NULL);
  CHECK(strstr(text,
               "plain &lt;script&gt;alert(1)&lt;/script&gt;\u201d: Not met: group: demographic") !=
        NULL);
  free(text);
  free(both);
  eqp_free(tuning);
  eqp_free(reports[0]);
  eqp_free(reports[1]);
  eqp_model_free(fair);
  eqp_model_free(unfair);
}

/* The number of files in this folder. */
static int files(void) {
  DIR *folder = opendir(".");
  int count = 0;
  CHECK(folder != NULL);
  while (folder && readdir(folder))
    count++;
  if (folder)
    closedir(folder);
  return count;
}

/* A full disk, simulated by a limit on file sizes. */
static void a_failed_write(const eqp_dataset *applicants) {
  static const char *const config =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": \"approved\","
      "            \"sensitive\": [\"group\"]}}";
  struct rlimit whole, small;
  char *report = NULL, *before, *after;
  int count;
  SUCCEEDS(eqp_audit(NULL, applicants, NULL, config, NULL, &report, &error));
  SUCCEEDS(eqp_report_render(report, "html", "page.html", &error));
  before = read_file("page.html");
  count = files();
  signal(SIGXFSZ, SIG_IGN);
  CHECK(getrlimit(RLIMIT_FSIZE, &whole) == 0);
  small = whole;
  small.rlim_cur = 1000;
  CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
  FAILS(eqp_report_render(report, "html", "page.html", &error), EQP_IO, NULL);
  FAILS(eqp_report_render(report, "html", "other.html", &error), EQP_IO, NULL);
  CHECK(setrlimit(RLIMIT_FSIZE, &whole) == 0);
  FAILS(eqp_report_render("{\"kind\": 3}", "html", "page.html", &error), EQP_INVALID_ARGUMENT,
        "report_json");
  after = read_file("page.html");
  CHECK(strcmp(before, after) == 0);
  CHECK(files() == count); /* nothing half-written is left */
  free(before);
  free(after);
  eqp_free(report);
}

/* Numbers, verdicts and pages without a JSON library and without a file. */
static void values_of_a_report(const eqp_dataset *applicants) {
  static const char *const config =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": \"approved\","
      " \"sensitive\": [\"group\"]}, \"metrics\": [\"accuracy\", \"count\", \"tpr\"],"
      " \"policy\": {\"require\": [{\"metric\": \"accuracy\", \"at_least\": 0.9}%s]}}";
  char text[600], *report = NULL, *value = NULL, *page;
  double number = 0;

  sprintf(text, config, "");
  SUCCEEDS(eqp_audit(NULL, applicants, NULL, text, NULL, &report, &error));
  SUCCEEDS(eqp_report_number(report, "/overall/accuracy", &number, &error));
  CHECK(number == 1);
  SUCCEEDS(eqp_report_number(report, "/overall/count", &number, &error));
  CHECK(number == APPLICANTS);
  SUCCEEDS(eqp_report_number("{\"a/b\": [1, {\"m~n\": 2.5}]}", "/a~1b/1/m~0n", &number, &error));
  CHECK(number == 2.5);
  SUCCEEDS(eqp_report_number("7", "", &number, &error));
  CHECK(number == 7);
  SUCCEEDS(eqp_report_number("{\"a\": null}", "/a", &number, &error));
  CHECK(number != number);
  FAILS(eqp_report_number(report, "/overall/acuracy", &number, &error), EQP_INVALID_ARGUMENT,
        "pointer");
  CHECK(number != number);
  FAILS(eqp_report_number(report, "overall", &number, &error), EQP_INVALID_ARGUMENT, "pointer");
  FAILS(eqp_report_number(report, "/overall", &number, &error), EQP_INVALID_ARGUMENT, "pointer");
  FAILS(eqp_report_number("[1, 2]", "/01", &number, &error), EQP_INVALID_ARGUMENT, "pointer");
  FAILS(eqp_report_number("[1, 2]", "/2", &number, &error), EQP_INVALID_ARGUMENT, "pointer");
  FAILS(eqp_report_number("{\"~\": 1}", "/~", &number, &error), EQP_INVALID_ARGUMENT, "pointer");
  FAILS(eqp_report_number("{", "/a", &number, &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_number(NULL, "/a", &number, &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_number(report, NULL, &number, &error), EQP_INVALID_ARGUMENT, "pointer");
  FAILS(eqp_report_number(report, "", NULL, &error), EQP_INVALID_ARGUMENT, "number");

  SUCCEEDS(eqp_report_value(report, "/verdict/result", &value, &error));
  CHECK(value && strcmp(value, "pass") == 0);
  eqp_free(value);
  SUCCEEDS(eqp_report_value("{\"a\": [true, \"x\"]}", "/a", &value, &error));
  CHECK(value && strstr(value, "true") && strstr(value, "\"x\""));
  eqp_free(value);
  FAILS(eqp_report_value(report, "/verdict/outcome", &value, &error), EQP_INVALID_ARGUMENT,
        "pointer");
  CHECK(value == NULL);

  SUCCEEDS(eqp_report_render(report, "markdown", "page.md", &error));
  SUCCEEDS(eqp_report_text(report, "markdown", &value, &error));
  page = read_file("page.md");
  CHECK(value && strcmp(value, page) == 0);
  free(page);
  eqp_free(value);
  FAILS(eqp_report_text(report, "pdf", &value, &error), EQP_INVALID_ARGUMENT, "format");
  FAILS(eqp_report_text("{}", "html", &value, &error), EQP_INVALID_ARGUMENT, "report_json");
  CHECK(value == NULL);

  SUCCEEDS(eqp_policy_check(report, &error));
  eqp_free(report);
  sprintf(text, config, ", \"four_fifths\"");
  SUCCEEDS(eqp_audit(NULL, applicants, NULL, text, NULL, &report, &error));
  FAILS(eqp_policy_check(report, &error), EQP_REFUSED, "four_fifths");
  eqp_free(report);
  sprintf(text, config,
          ", {\"metric\": \"tpr_difference\", \"at_most\": 1, \"minimum_count\": 9999}");
  SUCCEEDS(eqp_audit(NULL, applicants, NULL, text, NULL, &report, &error));
  FAILS(eqp_policy_check(report, &error), EQP_REFUSED, "tpr_difference");
  eqp_free(report);
  FAILS(eqp_policy_check("{\"kind\": \"audit\"}", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_policy_check(NULL, &error), EQP_INVALID_ARGUMENT, "report_json");
}

/* scikit-learn 1.9's classification_report of the same six rows. */
static void as_scikit_learn_prints_it(void) {
  static const char *const labels[] = {"a", "a", "a", "b", "b", "c"}, *const decisions[] = {
                                                                          "a", "a", "b",
                                                                          "b", "c", "c"};
  static const char *const expected = "              precision    recall  f1-score   support\n\n"
                                      "           a       1.00      0.67      0.80         3\n"
                                      "           b       0.50      0.50      0.50         2\n"
                                      "           c       0.50      1.00      0.67         1\n\n"
                                      "    accuracy                           0.67         6\n"
                                      "   macro avg       0.67      0.72      0.66         6\n"
                                      "weighted avg       0.75      0.67      0.68         6\n";
  eqp_dataset *rows = NULL;
  char *report = NULL, *text = NULL;
  SUCCEEDS(eqp_dataset_new(6, &rows, &error));
  SUCCEEDS(eqp_dataset_add_text(rows, "label", labels, &error));
  SUCCEEDS(eqp_dataset_add_text(rows, "decision", decisions, &error));
  SUCCEEDS(eqp_audit(NULL, rows, NULL,
                     "{\"data\": {\"label\": \"label\", \"prediction\": \"decision\"}}", NULL,
                     &report, &error));
  SUCCEEDS(eqp_report_text(report, "classification_report", &text, &error));
  CHECK(text && strcmp(text, expected) == 0);
  eqp_free(text);
  FAILS(eqp_report_text("{\"kind\": \"audit\"}", "classification_report", &text, &error),
        EQP_INVALID_ARGUMENT, "report_json");
  eqp_free(report);
  eqp_dataset_free(rows);
}

int main(void) {
  eqp_dataset *applicants = make_applicants();
  (void)unfair_config;
  hostile_names();
  as_scikit_learn_prints_it();
  values_of_a_report(applicants);
  tunings_and_models(applicants);
  a_failed_write(applicants);
  eqp_dataset_free(applicants);
  return finished();
}
