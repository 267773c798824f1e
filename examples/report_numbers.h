/*
 * Numbers of a JSON report by their JSON pointer (RFC 6901), for the examples. Reports are plain
 * JSON, and any JSON library serves; this one is json-c.
 */
#ifndef REPORT_NUMBERS_H
#define REPORT_NUMBERS_H

#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <math.h>

/* The value at `pointer`, NULL when there is none; borrowed from `report`. */
static inline struct json_object *value_at(struct json_object *report, const char *pointer) {
  struct json_object *value = NULL;
  if (json_pointer_get(report, pointer, &value) != 0)
    return NULL;
  return value;
}

/* The number at `pointer`, NAN when there is none. */
static inline double number_at(struct json_object *report, const char *pointer) {
  struct json_object *value = value_at(report, pointer);
  return value ? json_object_get_double(value) : NAN;
}

/* The text at `pointer`, "" when there is none; borrowed from `report`. */
static inline const char *text_at(struct json_object *report, const char *pointer) {
  struct json_object *value = value_at(report, pointer);
  return value ? json_object_get_string(value) : "";
}

#endif
