/* Errors, memory, and the settings of the process. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_PROCESS_H
#define EQUIPOISE_TESTS_ARGUMENTS_PROCESS_H

#include "arguments.h"

static void log_nothing(void *context, int32_t level, const char *message) {
  (void)context;
  (void)level;
  (void)message;
}

static void errors_and_settings(void) {
  CHECK(eqp_error_status(NULL) == EQP_OK);
  CHECK(strcmp(eqp_error_message(NULL), "") == 0);
  CHECK(strcmp(eqp_error_location(NULL), "") == 0);
  eqp_error_free(NULL);
  eqp_free(NULL);
  eqp_dataset_free(NULL);
  eqp_model_free(NULL);
  eqp_auditor_free(NULL);
  eqp_transform_free(NULL);
  eqp_front_free(NULL);
  eqp_set_log(NULL, NULL, -5);
  eqp_set_log(log_nothing, NULL, 1000);
  eqp_set_log(NULL, NULL, 0);
  FAILS(eqp_set_threads(-1, &error), EQP_INVALID_ARGUMENT, NULL);
  FAILS(eqp_set_threads(INT32_MAX, &error), EQP_INVALID_ARGUMENT, NULL);
  FAILS(eqp_set_threads(INT32_MIN, &error), EQP_INVALID_ARGUMENT, NULL);
  SUCCEEDS(eqp_set_threads(0, &error));
  CHECK(eqp_set_threads(-1, NULL) == EQP_INVALID_ARGUMENT);
  FAILS(eqp_set_root("", &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_set_root("no/such/folder", &error), EQP_IO, "no/such/folder");
  FAILS(eqp_set_root("/dev/null", &error), EQP_IO, "/dev/null");
  SUCCEEDS(eqp_set_root("/", &error));
  SUCCEEDS(eqp_set_root(NULL, &error));
  CHECK(eqp_config_schema(NULL) == NULL);
  CHECK(eqp_config_schema("") == NULL);
  CHECK(eqp_config_schema("no such") == NULL);
  FAILS(eqp_set_library(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "name");
  FAILS(eqp_set_library("xgbost", NULL, &error), EQP_INVALID_ARGUMENT, "name");
  FAILS(eqp_set_library("xgboost", "", &error), EQP_INVALID_ARGUMENT, "path");
  SUCCEEDS(eqp_set_library("xgboost", NULL, &error));
}

#endif
