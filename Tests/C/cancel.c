/* The progress callback runs on the calling thread, gets events with the step, and can stop the
 * call. A cancellation request can be made by another thread or a signal handler, and every long
 * call checks it. */
#include "applicants.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

static pthread_t caller;
static int calls, stop_at;

static int32_t progress(void *context, const char *event_json) {
  CHECK(context == &caller);
  CHECK(pthread_equal(pthread_self(), caller));
  CHECK(strstr(event_json, "\"phase\":") && strstr(event_json, "\"step\":") &&
        strstr(event_json, "\"steps\":") && strstr(event_json, "\"loss\":") &&
        strstr(event_json, "\"eta_seconds\":"));
  return ++calls == stop_at;
}

static eqp_cancel *request;
static int phases;

static int32_t count_phase(void *context, const char *event_json) {
  CHECK(context == &phases);
  CHECK(pthread_equal(pthread_self(), caller));
  CHECK(strstr(event_json, "\"phase\":") && strstr(event_json, "\"step\":") &&
        strstr(event_json, "\"steps\":") && strstr(event_json, "\"eta_seconds\":"));
  phases++;
  return 0;
}

static int32_t stop_at_once(void *context, const char *event_json) {
  (void)context;
  (void)event_json;
  return 1;
}

static void *request_soon(void *unused) {
  struct timespec moment = {0, 50 * 1000 * 1000};
  nanosleep(&moment, NULL);
  eqp_cancel_request(request);
  return unused;
}

static void request_by_signal(int number) {
  (void)number;
  eqp_cancel_request(request);
}

/* Calls do nothing if cancellation was requested before. */
static void every_call_sees_the_request(const eqp_model *model, const eqp_dataset *applicants,
                                        const eqp_hooks *hooks) {
  static const char *const audit_config =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": \"approved\","
      " \"sensitive\": [\"group\"]}}";
  eqp_dataset *dataset = NULL;
  eqp_model *other = NULL;
  eqp_auditor *auditor = NULL;
  char *report = NULL;
  FILE *file;

  SUCCEEDS(eqp_dataset_write(applicants, "kept.csv", NULL, NULL, &error));
  SUCCEEDS(eqp_model_save(model, "kept.onnx", NULL, NULL, &error));
  SUCCEEDS(eqp_auditor_new(audit_config, &auditor, &error));
  SUCCEEDS(eqp_auditor_update(auditor, applicants, NULL, &error));

  FAILS(eqp_dataset_open("kept.csv", NULL, hooks, &dataset, &error), EQP_CANCELLED, NULL);
  FAILS(eqp_dataset_write(applicants, "new.csv", NULL, hooks, &error), EQP_CANCELLED, NULL);
  FAILS(eqp_model_load("kept.onnx", NULL, hooks, &other, &error), EQP_CANCELLED, NULL);
  FAILS(eqp_model_save(model, "new.onnx", NULL, hooks, &error), EQP_CANCELLED, NULL);
  FAILS(eqp_finetune(model, applicants, NULL, fair_config, hooks, &other, &report, &error),
        EQP_CANCELLED, NULL);
  FAILS(eqp_predict(model, applicants, NULL, hooks, &dataset, &error), EQP_CANCELLED, NULL);
  FAILS(eqp_audit(model, applicants, NULL, NULL, hooks, &report, &error), EQP_CANCELLED, NULL);
  FAILS(eqp_auditor_update(auditor, applicants, hooks, &error), EQP_CANCELLED, NULL);
  FAILS(eqp_auditor_report(auditor, hooks, &report, &error), EQP_CANCELLED, NULL);
  CHECK(!dataset && !other && !report);
  file = fopen("new.csv", "rb");
  CHECK(!file);
  file = fopen("new.onnx", "rb");
  CHECK(!file);
  /* The cancelled update left the auditor unchanged. */
  SUCCEEDS(eqp_auditor_report(auditor, NULL, &report, &error));
  CHECK(strstr(report, "\"rows\": 1200"));
  eqp_free(report);
  eqp_auditor_free(auditor);
}

static void requests(const eqp_model *model, const eqp_dataset *applicants) {
  /* So long that only a request ends it. */
  static const char *const long_config =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"]},"
      " \"train\": {\"epochs\": 1000000}}";
  static const char *const long_audit = "{\"intervals\": {\"replicates\": 100000}}";
  eqp_model *tuned = NULL;
  eqp_dataset *predictions = NULL;
  char *report = NULL;
  pthread_t other;
  eqp_hooks hooks;

  SUCCEEDS(eqp_cancel_new(&request, &error));
  CHECK(eqp_cancel_requested(request) == 0);
  memset(&hooks, 0, sizeof hooks);
  hooks.struct_size = sizeof hooks;
  hooks.cancel = request;

  CHECK(pthread_create(&other, NULL, request_soon, NULL) == 0);
  FAILS(eqp_finetune(model, applicants, NULL, long_config, &hooks, &tuned, &report, &error),
        EQP_CANCELLED, NULL);
  CHECK(pthread_join(other, NULL) == 0);
  CHECK(tuned == NULL && report == NULL && eqp_cancel_requested(request) == 1);
  every_call_sees_the_request(model, applicants, &hooks);

  eqp_cancel_reset(request);
  CHECK(eqp_cancel_requested(request) == 0);
  CHECK(pthread_create(&other, NULL, request_soon, NULL) == 0);
  FAILS(eqp_audit(model, applicants, NULL, long_audit, &hooks, &report, &error), EQP_CANCELLED,
        NULL);
  CHECK(pthread_join(other, NULL) == 0);

  eqp_cancel_reset(request);
  signal(SIGUSR1, request_by_signal);
  raise(SIGUSR1);
  FAILS(eqp_predict(model, applicants, NULL, &hooks, &predictions, &error), EQP_CANCELLED, NULL);

  /* After a reset everything works, and progress is reported. */
  eqp_cancel_reset(request);
  hooks.context = &phases;
  hooks.progress = count_phase;
  SUCCEEDS(eqp_predict(model, applicants, NULL, &hooks, &predictions, &error));
  CHECK(phases > 0);
  phases = 0;
  SUCCEEDS(eqp_audit(model, applicants, NULL, NULL, &hooks, &report, &error));
  CHECK(phases > 0);
  eqp_dataset_free(predictions);
  eqp_free(report);
  report = NULL;
  hooks.progress = stop_at_once;
  FAILS(eqp_audit(model, applicants, NULL, NULL, &hooks, &report, &error), EQP_CANCELLED, NULL);
  CHECK(report == NULL);
  CHECK(eqp_cancel_requested(request) == 0);
  eqp_cancel_free(request);
}

int main(void) {
  eqp_dataset *applicants = make_applicants();
  eqp_model *model = make_trained(applicants), *tuned = (eqp_model *)&calls;
  char *report = (char *)&calls;
  eqp_hooks hooks;
  struct {
    eqp_hooks known;
    char later[64];
  } newer;

  caller = pthread_self();
  memset(&hooks, 0, sizeof hooks);
  hooks.struct_size = sizeof hooks;
  hooks.context = &caller;
  hooks.progress = progress;

  stop_at = 3;
  FAILS(eqp_finetune(model, applicants, NULL, fair_config, &hooks, &tuned, &report, &error),
        EQP_CANCELLED, NULL);
  CHECK(calls == 3);
  CHECK(tuned == NULL && report == NULL);

  stop_at = -1;
  SUCCEEDS(eqp_finetune(model, applicants, NULL, fair_config, &hooks, &tuned, &report, &error));
  CHECK(calls >= 3 + 12); /* at least once an epoch */
  eqp_model_free(tuned);
  eqp_free(report);

  /* A host compiled with a later header, whose structure is longer. */
  memset(&newer, 0x55, sizeof newer);
  newer.known = hooks;
  newer.known.struct_size = sizeof newer;
  newer.known.progress = NULL;
  SUCCEEDS(eqp_finetune(model, applicants, NULL, fair_config, &newer.known, &tuned, NULL, &error));
  eqp_model_free(tuned);
  requests(model, applicants);
  eqp_model_free(model);
  eqp_dataset_free(applicants);
  return finished();
}
