/* How the cases in C measure and print times: one JSON line {"case", "variant", "who", "unit",
 * "median", "minimum", "maximum", "runs"} for each measurement. */
#ifndef BENCHMARKS_TIMING_H
#define BENCHMARKS_TIMING_H

#include <equipoise/equipoise.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static inline int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static inline void report_of(const char *who, const char *name, const char *variant,
                             const char *unit, double *values, int count, double factor) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  printf("{\"case\": \"%s\", \"variant\": \"%s\", \"who\": \"%s\", \"unit\": \"%s\", "
         "\"median\": %.6g, \"minimum\": %.6g, \"maximum\": %.6g, \"runs\": %d}\n",
         name, variant, who, unit, values[count / 2] * factor, values[0] * factor,
         values[count - 1] * factor, count);
  fflush(stdout);
}

static inline void report(const char *name, const char *variant, const char *unit, double *values,
                          int count, double factor) {
  report_of("equipoise", name, variant, unit, values, count, factor);
}

static inline void check(eqp_status status, eqp_error *error) {
  if (status == EQP_OK)
    return;
  fprintf(stderr, "%s: %s\n", eqp_status_name(status), eqp_error_message(error));
  exit(1);
}

static uint64_t state = 1;
static inline double uniform(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (double)(state >> 11) * 0x1p-53;
}

#endif
