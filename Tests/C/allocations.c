/*
 * After warming up, eqp_predict_f32 and eqp_decide_f32 allocate nothing for any number of rows,
 * and neither does a training step. This program replaces the allocation functions of the
 * process and counts their calls.
 */
#define _GNU_SOURCE /* dladdr */
#include "applicants.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <time.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static volatile long allocations = 0;
static volatile long of_onednn = 0;

/* oneDNN allocates scratch memory for some shapes of a product; it is counted separately. */
static void counted(const void *caller) {
  Dl_info place;
  if (dladdr((void *)(size_t)caller, &place) && place.dli_fname &&
      strstr(place.dli_fname, "libdnnl"))
    of_onednn++;
  else
    allocations++;
}

void *malloc(size_t size) {
  counted(__builtin_return_address(0));
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  counted(__builtin_return_address(0));
  return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size) {
  counted(__builtin_return_address(0));
  return __libc_realloc(memory, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  counted(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  counted(__builtin_return_address(0));
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

/* The number of allocations of a tuning with a batch size. */
static long tuning(const eqp_model *base, const eqp_dataset *rows, const char *what, int batch) {
  char config[512];
  eqp_model *tuned = NULL;
  long before;
  sprintf(config,
          "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": "
          "[\"group\"]}, \"train\": {\"epochs\": 10, \"batch_size\": %d}%s}",
          batch, what);
  before = allocations;
  SUCCEEDS(eqp_finetune(base, rows, NULL, config, NULL, &tuned, NULL, &error));
  eqp_model_free(tuned);
  return allocations - before;
}

/* Of two tunings with different numbers of steps, the longer one must not allocate more. */
static void steps_allocate_nothing(const eqp_dataset *rows) {
  static const char *const kinds[] = {"{\"kind\": \"logistic\"}",
                                      "{\"kind\": \"mlp\", \"hidden\": [16, 8]}"};
  static const char *const objectives[] = {
      "",
      ", \"fairness\": [{\"objective\": \"demographic_parity\", \"weight\": 1}]",
      ", \"fairness\": [{\"objective\": \"equalized_odds\", \"tolerance\": 0.02}]",
      ", \"fairness\": [{\"objective\": \"predictive_parity\", \"tolerance\": 0.02}]",
  };
  size_t kind, objective;
  for (kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
    for (objective = 0; objective < sizeof objectives / sizeof objectives[0]; objective++) {
      eqp_model *base = NULL;
      long few, many;
      SUCCEEDS(eqp_model_new(kinds[kind], &base, &error));
      /* oneDNN generates its code when a shape first occurs. */
      tuning(base, rows, objectives[objective], 540);
      tuning(base, rows, objectives[objective], 12);
      few = tuning(base, rows, objectives[objective], 540); /* 2 steps an epoch */
      of_onednn = 0;
      many = tuning(base, rows, objectives[objective], 12); /* 90 steps an epoch */
      printf("note: %s%s: %ld allocations in 20 steps, %ld in 900 (and %ld by oneDNN)\n",
             kinds[kind], objectives[objective], few, many, of_onednn);
      CHECK(many - few < 88);
      eqp_model_free(base);
    }
}

int main(void) {
  static const size_t sizes[] = {1, 32, APPLICANTS};
  static float scores[APPLICANTS];
  static int32_t labels[APPLICANTS];
  eqp_dataset *applicants = make_applicants();
  eqp_model *model = make_trained(applicants);
  eqp_endpoint *endpoint = NULL;
  size_t i;
  int round;
  CHECK(allocations > 0); /* the counting works */
  SUCCEEDS(eqp_endpoint_new(model, &endpoint, &error));
  for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    struct timespec start, end;
    int rounds = sizes[i] == 1 ? 10000 : 100;
    long before, during;
    for (round = 0; round < 3; round++)
      SUCCEEDS(eqp_predict_f32(model, applicant_features, sizes[i], FEATURES, scores, APPLICANTS,
                               &error));
    before = allocations;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (round = 0; round < rounds; round++)
      if (eqp_predict_f32(model, applicant_features, sizes[i], FEATURES, scores, APPLICANTS, NULL))
        abort();
    clock_gettime(CLOCK_MONOTONIC, &end);
    during = allocations - before;
    printf(
        "note: %d rows of a 3-16-8-1 network: %.2f us, %ld allocations in %d calls\n",
        (int)sizes[i],
        ((double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3) /
            rounds,
        during, rounds);
    CHECK(during == 0);
    SUCCEEDS(eqp_endpoint_decide_f32(endpoint, applicant_features, sizes[i], FEATURES, NULL, NULL,
                                     scores, APPLICANTS, labels, APPLICANTS, &error));
    before = allocations;
    for (round = 0; round < rounds; round++)
      if (eqp_endpoint_decide_f32(endpoint, applicant_features, sizes[i], FEATURES, NULL, NULL,
                                  scores, APPLICANTS, labels, APPLICANTS, NULL))
        abort();
    CHECK(allocations == before);
  }
  steps_allocate_nothing(applicants);
  eqp_endpoint_free(endpoint);
  eqp_model_free(model);
  eqp_dataset_free(applicants);
  return finished();
}
