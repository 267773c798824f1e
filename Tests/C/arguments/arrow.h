/* Arrow streams in and out. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_ARROW_H
#define EQUIPOISE_TESTS_ARGUMENTS_ARROW_H

#include "arguments.h"

#include <equipoise/arrow_abi.h>

static int releases = 0;

static void count_release(struct ArrowArrayStream *stream) {
  releases++;
  stream->release = NULL;
}

static void arrow_streams(void) {
  struct ArrowArrayStream stream;
  eqp_dataset *dataset = small_dataset(), *out = (eqp_dataset *)POISON;

  memset(&stream, 0, sizeof stream);
  stream.release = count_release;
  FAILS(eqp_dataset_from_arrow(&stream, NULL, &out, &error), EQP_INVALID_ARGUMENT, "stream");
  CHECK(out == NULL && releases == 1 && stream.release == NULL);
  stream.release = count_release;
  FAILS(eqp_dataset_from_arrow(&stream, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  CHECK(releases == 2);
  FAILS(eqp_dataset_from_arrow(&stream, NULL, &out, &error), EQP_INVALID_ARGUMENT, "stream");
  FAILS(eqp_dataset_from_arrow(NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, "stream");
  FAILS(eqp_dataset_to_arrow(dataset, NULL, &error), EQP_INVALID_ARGUMENT, "stream");
  FAILS(eqp_dataset_to_arrow(NULL, &stream, &error), EQP_INVALID_ARGUMENT, "dataset");
  CHECK(stream.release == NULL);
  eqp_dataset_free(dataset);
}

#endif
