/*
 * eqp_predict_f32 and eqp_decide_f32 allocate nothing once they are warm, whatever the number of
 * rows: this program stands in for the allocation functions of the process and counts their calls.
 */
#include "applicants.h"

#include <errno.h>
#include <time.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static volatile long allocations = 0;

void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size) {
  allocations++;
  return __libc_realloc(memory, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  allocations++;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  allocations++;
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
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
  eqp_endpoint_free(endpoint);
  eqp_model_free(model);
  eqp_dataset_free(applicants);
  return finished();
}
