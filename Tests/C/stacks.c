/*
 * Hosts call from threads with 64 kB of stack and from coroutines: every call must work there,
 * and its callbacks must run on the calling thread.
 */
#include "applicants.h"

#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

#define SMALL_STACK (64 << 10)

static eqp_dataset *rows;
static eqp_model *model;
static const char *resources;

static int progress(void *thread, const char *event_json) {
  CHECK(pthread_equal(*(pthread_t *)thread, pthread_self()));
  CHECK(event_json[0] == '{');
  return 0;
}

/* A call inside a callback runs on the same small stack. */
static int calling_progress(void *unused, const char *event_json) {
  char *text = eqp_model_describe(model);
  (void)unused;
  (void)event_json;
  CHECK(text != NULL);
  eqp_free(text);
  return 0;
}

static void tune(eqp_hooks *hooks) {
  eqp_model *tuned = NULL;
  char *report = NULL;
  SUCCEEDS(eqp_finetune(model, rows, NULL, fair_config, hooks, &tuned, &report, &error));
  eqp_free(report);
  eqp_model_free(tuned);
}

static void everything(void) {
  static float scores[APPLICANTS];
  static const char *const sentences[] = {"w5 w9 w33", "w47"};
  static const char *const files[] = {"/transformers/bert", "/transformers/deberta-v2",
                                      "/sklearn-columns.onnx", "/sklearn-scaled-trees.onnx",
                                      "/interpreted.onnx"};
  static const char *const tables[] = {"rows.csv", "rows.csv.gz", "rows.jsonl"};
  char path[1024], deep[200], *text = NULL;
  eqp_model *made = NULL;
  eqp_dataset *found = NULL;
  eqp_hooks hooks;
  pthread_t self = pthread_self();
  size_t index;
  memset(&hooks, 0, sizeof hooks);
  hooks.struct_size = sizeof hooks;
  hooks.context = &self;
  hooks.progress = progress;
  tune(&hooks);
  hooks.progress = calling_progress;
  tune(&hooks);
  SUCCEEDS(eqp_predict(model, rows, NULL, NULL, &found, &error));
  eqp_dataset_free(found);
  SUCCEEDS(
      eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, scores, APPLICANTS, &error));
  SUCCEEDS(
      eqp_audit(model, rows, NULL, "{\"intervals\": {\"replicates\": 20}}", NULL, &text, &error));
  SUCCEEDS(eqp_report_render(text, "html", "page.html", &error));
  eqp_free(text);
  text = NULL;
  for (index = 0; index < 3; index++) {
    SUCCEEDS(eqp_dataset_write(rows, tables[index], NULL, NULL, &error));
    SUCCEEDS(eqp_dataset_open(tables[index], NULL, NULL, &found, &error));
    eqp_dataset_free(found);
  }
  SUCCEEDS(eqp_model_save(model, "saved.onnx", NULL, NULL, &error));
  SUCCEEDS(eqp_model_save(model, "saved", NULL, NULL, &error));
  SUCCEEDS(eqp_model_load("saved.onnx", NULL, NULL, &made, &error));
  eqp_model_free(made);
  SUCCEEDS(eqp_model_load("saved", NULL, NULL, &made, &error));
  eqp_model_free(made);
  for (index = 0; resources && index < sizeof files / sizeof *files; index++) {
    snprintf(path, sizeof path, "%s%s", resources, files[index]);
    if (access(path, R_OK) != 0)
      continue;
    made = NULL;
    SUCCEEDS(eqp_model_load(path, NULL, NULL, &made, &error));
    if (strstr(path, "bert"))
      SUCCEEDS(eqp_predict_text(made, sentences, 2, scores, APPLICANTS, &error));
    eqp_model_free(made);
  }
  text = eqp_config_schema("finetune");
  CHECK(text != NULL);
  eqp_free(text);
  text = NULL;
  strcpy(deep, "{\"data\": ");
  for (index = 0; index < 63; index++)
    strcat(deep, "[");
  for (index = 0; index < 63; index++)
    strcat(deep, "]");
  strcat(deep, "}");
  FAILS(eqp_audit(NULL, rows, NULL, deep, NULL, &text, &error), EQP_INVALID_CONFIG, NULL);
}

static void *on_thread(void *unused) {
  everything();
  return unused;
}

/* Two threads at the same time have separate stacks. */
static void threads(void) {
  pthread_attr_t attributes;
  pthread_t workers[2];
  int index;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, SMALL_STACK) == 0);
  CHECK(pthread_create(&workers[0], &attributes, on_thread, NULL) == 0);
  pthread_join(workers[0], NULL);
  for (index = 0; index < 2; index++)
    CHECK(pthread_create(&workers[index], &attributes, on_thread, NULL) == 0);
  for (index = 0; index < 2; index++)
    pthread_join(workers[index], NULL);
  pthread_attr_destroy(&attributes);
}

/* A stack that the thread does not know. */
static void coroutine(void) {
  static char stack[SMALL_STACK];
  ucontext_t here, there;
  CHECK(getcontext(&there) == 0);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = sizeof stack;
  there.uc_link = &here;
  makecontext(&there, everything, 0);
  CHECK(swapcontext(&here, &there) == 0);
}

int main(void) {
  resources = getenv("EQUIPOISE_TEST_RESOURCES");
  rows = make_applicants();
  model = make_trained(rows);
  everything();
  threads();
  coroutine();
  everything();
  eqp_model_free(model);
  eqp_dataset_free(rows);
  return finished();
}
