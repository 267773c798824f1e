/*
 * Checks for the programs of this folder: CHECK counts failures and continues; main returns
 * finished().
 */
#ifndef EQUIPOISE_TESTS_CHECK_H
#define EQUIPOISE_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checks_failed = 0;

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                \
      checks_failed++;                                                                             \
    }                                                                                              \
  } while (0)

/* The call must succeed; otherwise its error is printed and released. */
#define SUCCEEDS(call)                                                                             \
  do {                                                                                             \
    eqp_error *error = NULL;                                                                       \
    if ((call) != EQP_OK) {                                                                        \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, eqp_error_message(error));     \
      checks_failed++;                                                                             \
    }                                                                                              \
    eqp_error_free(error);                                                                         \
  } while (0)

/* The call must fail with the status, a message, and (unless NULL) the location. */
#define FAILS(call, expected, place)                                                               \
  do {                                                                                             \
    eqp_error *error = NULL;                                                                       \
    eqp_status status_ = (call);                                                                   \
    const char *place_ = (place);                                                                  \
    if (status_ != (expected) || eqp_error_status(error) != (expected) ||                          \
        eqp_error_message(error)[0] == '\0' ||                                                     \
        (place_ && strcmp(eqp_error_location(error), place_) != 0)) {                              \
      fprintf(stderr, "%s:%d: %s: %s at \"%s\": %s\n", __FILE__, __LINE__, #call,                  \
              eqp_status_name(status_), eqp_error_location(error), eqp_error_message(error));      \
      checks_failed++;                                                                             \
    }                                                                                              \
    eqp_error_free(error);                                                                         \
  } while (0)

static int finished(void) {
  if (checks_failed)
    fprintf(stderr, "%d checks do not hold\n", checks_failed);
  return checks_failed ? 1 : 0;
}

#endif
