/*
 * A search through the header: its front, the choice by rules, saving and loading, a page of the
 * chosen model's report, a stop and the continuation from the search's folder.
 */
#include "applicants.h"

#include <pthread.h>

#define DATA                                                                                       \
  "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"]},"       \
  " \"fairness\": [{\"objective\": \"demographic_parity\", \"tolerance\": 0.2}],"                  \
  " \"train\": {\"epochs\": 2}, \"search\": {\"folds\": 1, "
#define SPACE "\"space\": {\"/fairness/0/tolerance\": [0.4, 0.2, 0.1, 0.02]}"

static const char *const plain = DATA SPACE "}}";
static const char *const kept = DATA SPACE ", \"directory\": \"searched\"}}";

static double number_at(const char *json, const char *pointer) {
  double number = -1;
  SUCCEEDS(eqp_report_number(json, pointer, &number, &error));
  return number;
}

static void front_of_a_search(const eqp_model *base, const eqp_dataset *applicants) {
  eqp_front *front = NULL, *loaded = NULL;
  eqp_model *model = NULL, *tuned = NULL;
  eqp_dataset *predictions = NULL;
  char *text = NULL, *again = NULL, *report = NULL;
  int64_t index = -1;

  SUCCEEDS(eqp_search(base, applicants, NULL, plain, NULL, &front, &error));
  CHECK(eqp_front_count(front) >= 1 && eqp_front_count(front) <= 4);
  text = eqp_front_describe(front);
  CHECK(text && number_at(text, "/trials") == 4 && number_at(text, "/certificate/rows") == 240);
  CHECK(number_at(text, "/chosen") < (double)eqp_front_count(front));

  SUCCEEDS(eqp_front_choose(front, "{\"rule\": \"knee\"}", &index, &report, &error));
  CHECK(index >= 0 && index < eqp_front_count(front) &&
        number_at(report, "/chosen") == (double)index);
  eqp_free(report);
  FAILS(eqp_front_choose(front, "{\"rule\": \"nee\"}", &index, NULL, &error), EQP_INVALID_CONFIG,
        "/rule");
  FAILS(eqp_front_choose(front, "{\"tolerances\": [1, 2]}", &index, NULL, &error),
        EQP_INVALID_CONFIG, "/tolerances");
  SUCCEEDS(eqp_front_choose(front, NULL, &index, NULL, &error));
  CHECK(number_at(text, "/chosen") == (double)index);

  SUCCEEDS(eqp_front_model(front, index, &model, &report, &error));
  SUCCEEDS(eqp_predict(model, applicants, NULL, NULL, &predictions, &error));
  CHECK(eqp_dataset_rows(predictions) == APPLICANTS && number_at(report, "/epochs") == 2);
  eqp_free(report);
  eqp_dataset_free(predictions);
  FAILS(eqp_front_model(front, 4, &tuned, NULL, &error), EQP_INVALID_ARGUMENT, "index");
  FAILS(eqp_front_model(front, -1, &tuned, NULL, &error), EQP_INVALID_ARGUMENT, "index");

  SUCCEEDS(eqp_front_save(front, "front", NULL, &error));
  SUCCEEDS(eqp_front_load("front", NULL, &loaded, &error));
  again = eqp_front_describe(loaded);
  CHECK(again && strcmp(text, again) == 0);
  FAILS(eqp_front_save(front, "..", NULL, &error), EQP_REFUSED, "..");

  /* eqp_finetune gives the chosen model, and its report has the front. */
  SUCCEEDS(eqp_finetune(base, applicants, NULL, plain, NULL, &tuned, &report, &error));
  CHECK(number_at(report, "/search/chosen") == number_at(text, "/chosen"));
  CHECK(number_at(report, "/search/front/0/quality") == number_at(text, "/front/0/quality"));
  SUCCEEDS(eqp_report_render(report, "html", "searched.html", &error));

  eqp_free(text);
  eqp_free(again);
  eqp_free(report);
  eqp_model_free(tuned);
  eqp_model_free(model);
  eqp_front_free(loaded);
  eqp_front_free(front);
}

static pthread_t caller;

/* Stops after the first finished trial. */
static int32_t stop_after_one(void *context, const char *event_json) {
  int *finished = context;
  CHECK(pthread_equal(pthread_self(), caller)); /* events come on the calling thread only */
  *finished += strstr(event_json, "\"search\"") && !strstr(event_json, "\"certifiable\"");
  return *finished >= 1;
}

static void stop_and_continue(const eqp_model *base, const eqp_dataset *applicants) {
  eqp_front *front = NULL, *whole = NULL;
  eqp_hooks hooks = {0};
  char *text, *expected;
  char pointer[64];
  int finished = 0, model;

  caller = pthread_self();
  hooks.struct_size = sizeof hooks;
  hooks.context = &finished;
  hooks.progress = stop_after_one;
  FAILS(eqp_search(base, applicants, NULL, kept, &hooks, &front, &error), EQP_CANCELLED, NULL);
  CHECK(front == NULL && finished == 1);
  SUCCEEDS(eqp_search(base, applicants, NULL, kept, NULL, &front, &error));
  SUCCEEDS(eqp_search(base, applicants, NULL, plain, NULL, &whole, &error));
  CHECK(eqp_front_count(front) == eqp_front_count(whole));
  text = eqp_front_describe(front);
  expected = eqp_front_describe(whole);
  for (model = 0; model < eqp_front_count(whole); model++) {
    snprintf(pointer, sizeof pointer, "/front/%d/quality", model);
    CHECK(number_at(text, pointer) == number_at(expected, pointer));
    snprintf(pointer, sizeof pointer, "/front/%d/gaps/0/upper", model);
    CHECK(number_at(text, pointer) == number_at(expected, pointer));
  }
  eqp_free(text);
  eqp_free(expected);
  eqp_front_free(whole);
  eqp_front_free(front);
  front = NULL;
  /* The folder of a finished search is a saved front, and belongs to this search alone. */
  SUCCEEDS(eqp_front_load("searched", NULL, &front, &error));
  eqp_front_free(front);
  FAILS(eqp_search(base, applicants, NULL,
                   DATA SPACE ", \"seed\": 1, \"directory\": \"searched\"}}", NULL, &front, &error),
        EQP_INTEGRITY, "/search/directory");
}

int main(void) {
  eqp_dataset *applicants = make_applicants();
  eqp_model *base = make_trained(applicants);
  front_of_a_search(base, applicants);
  stop_and_continue(base, applicants);
  eqp_model_free(base);
  eqp_dataset_free(applicants);
  return finished();
}
