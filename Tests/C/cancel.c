/* The progress callback: called on the calling thread, with events that tell the step, and able to
 * stop. */
#include "applicants.h"

#include <pthread.h>

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

  /* A host compiled against a later header, whose structure is longer. */
  memset(&newer, 0x55, sizeof newer);
  newer.known = hooks;
  newer.known.struct_size = sizeof newer;
  newer.known.progress = NULL;
  SUCCEEDS(eqp_finetune(model, applicants, NULL, fair_config, &newer.known, &tuned, NULL, &error));
  eqp_model_free(tuned);
  eqp_model_free(model);
  eqp_dataset_free(applicants);
  return finished();
}
