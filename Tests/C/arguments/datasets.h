/* Datasets: new, read, split, selected, joined. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_DATASETS_H
#define EQUIPOISE_TESTS_ARGUMENTS_DATASETS_H

#include "arguments.h"

static void new_datasets(void) {
  static const float numbers[] = {1, 2};
  static const int64_t shape[] = {1}, zero[] = {0}, negative[] = {-1};
  static const int64_t huge[] = {INT64_MAX, INT64_MAX};
  static const char *const broken[] = {"\xff\xfe", "b"};
  eqp_dataset *dataset = (eqp_dataset *)POISON, *vast = NULL;

  FAILS(eqp_dataset_new(-1, &dataset, &error), EQP_INVALID_ARGUMENT, "rows");
  CHECK(dataset == NULL);
  FAILS(eqp_dataset_new(INT64_MIN, &dataset, &error), EQP_INVALID_ARGUMENT, "rows");
  FAILS(eqp_dataset_new(1, NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  CHECK(eqp_dataset_new(1, NULL, NULL) == EQP_INVALID_ARGUMENT);

  SUCCEEDS(eqp_dataset_new(INT64_MAX, &vast, &error));
  FAILS(eqp_dataset_add_f32(vast, "x", numbers, NULL, &error), EQP_OUT_OF_MEMORY, NULL);
  FAILS(eqp_dataset_add_f64(vast, "x", (const double *)numbers, NULL, &error), EQP_OUT_OF_MEMORY,
        NULL);
  FAILS(eqp_dataset_add_tensor(vast, "x", numbers, huge, 1, &error), EQP_OUT_OF_MEMORY, NULL);
  FAILS(eqp_dataset_add_f32(vast, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "values");
  FAILS(eqp_dataset_add_text(vast, "x", NULL, &error), EQP_INVALID_ARGUMENT, "values");
  CHECK(eqp_dataset_rows(vast) == INT64_MAX);
  eqp_dataset_free(vast);

  dataset = small_dataset();
  FAILS(eqp_dataset_add_f32(NULL, "x", numbers, NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  FAILS(eqp_dataset_add_f64(NULL, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  FAILS(eqp_dataset_add_i64(NULL, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  FAILS(eqp_dataset_add_text(NULL, "x", NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  FAILS(eqp_dataset_add_tensor(NULL, "x", NULL, NULL, 0, &error), EQP_INVALID_ARGUMENT, "dataset");
  FAILS(eqp_dataset_add_f32(dataset, NULL, numbers, NULL, &error), EQP_INVALID_ARGUMENT, "name");
  FAILS(eqp_dataset_add_f32(dataset, "", numbers, NULL, &error), EQP_INVALID_ARGUMENT, "name");
  FAILS(eqp_dataset_add_f32(dataset, "\xff", numbers, NULL, &error), EQP_INVALID_ARGUMENT, "name");
  FAILS(eqp_dataset_add_f32(dataset, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "values");
  FAILS(eqp_dataset_add_f64(dataset, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "values");
  FAILS(eqp_dataset_add_i64(dataset, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "values");
  FAILS(eqp_dataset_add_text(dataset, "x", NULL, &error), EQP_INVALID_ARGUMENT, "values");
  FAILS(eqp_dataset_add_text(dataset, "x", broken, &error), EQP_INVALID_DATA, NULL);
  FAILS(eqp_dataset_add_f32(dataset, "number", numbers, NULL, &error), EQP_INVALID_ARGUMENT,
        "number");
  FAILS(eqp_dataset_add_tensor(dataset, "x", numbers, shape, 0, &error), EQP_INVALID_ARGUMENT,
        "rank");
  FAILS(eqp_dataset_add_tensor(dataset, "x", numbers, shape, HUGE_COUNT, &error),
        EQP_INVALID_ARGUMENT, "rank");
  FAILS(eqp_dataset_add_tensor(dataset, "x", numbers, NULL, 1, &error), EQP_INVALID_ARGUMENT,
        "shape");
  FAILS(eqp_dataset_add_tensor(dataset, "x", numbers, zero, 1, &error), EQP_INVALID_ARGUMENT,
        "shape");
  FAILS(eqp_dataset_add_tensor(dataset, "x", numbers, negative, 1, &error), EQP_INVALID_ARGUMENT,
        "shape");
  FAILS(eqp_dataset_add_tensor(dataset, "x", numbers, huge, 2, &error), EQP_INVALID_ARGUMENT,
        "shape");
  FAILS(eqp_dataset_add_tensor(dataset, "x", NULL, shape, 1, &error), EQP_INVALID_ARGUMENT,
        "values");
  eqp_dataset_free(dataset);
}

static void reading_datasets(void) {
  eqp_dataset *dataset = small_dataset(), *out = (eqp_dataset *)POISON;
  eqp_dataset *parts[3];
  float numbers[2];
  int64_t integers[2];

  CHECK(eqp_dataset_rows(NULL) == -1);
  CHECK(eqp_dataset_describe(NULL) == NULL);
  FAILS(eqp_dataset_column_f32(NULL, "number", numbers, 2, &error), EQP_INVALID_ARGUMENT,
        "dataset");
  FAILS(eqp_dataset_column_f32(dataset, NULL, numbers, 2, &error), EQP_INVALID_ARGUMENT, "name");
  FAILS(eqp_dataset_column_f32(dataset, "none", numbers, 2, &error), EQP_INVALID_DATA, "none");
  FAILS(eqp_dataset_column_f32(dataset, "number", NULL, 2, &error), EQP_INVALID_ARGUMENT, "values");
  FAILS(eqp_dataset_column_f32(dataset, "number", numbers, 0, &error), EQP_INVALID_ARGUMENT,
        "count");
  FAILS(eqp_dataset_column_f32(dataset, "number", numbers, HUGE_COUNT, &error),
        EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_dataset_column_f32(dataset, "text", numbers, 2, &error), EQP_INVALID_DATA, NULL);
  FAILS(eqp_dataset_column_i64(dataset, "text", integers, 2, &error), EQP_INVALID_DATA, NULL);
  FAILS(eqp_dataset_column_i64(dataset, "integer", integers, 1, &error), EQP_INVALID_ARGUMENT,
        "count");
  CHECK(eqp_dataset_cell_text(NULL, "text", 0) == NULL);
  CHECK(eqp_dataset_cell_text(dataset, NULL, 0) == NULL);
  CHECK(eqp_dataset_cell_text(dataset, "none", 0) == NULL);
  CHECK(eqp_dataset_cell_text(dataset, "number", 0) == NULL);
  CHECK(eqp_dataset_cell_text(dataset, "text", -1) == NULL);
  CHECK(eqp_dataset_cell_text(dataset, "text", 2) == NULL);
  CHECK(eqp_dataset_cell_text(dataset, "text", INT64_MAX) == NULL);
  CHECK(eqp_dataset_cell_text(dataset, "text", 1) == NULL);
  CHECK(strcmp(eqp_dataset_cell_text(dataset, "text", 0), "a") == 0);

  FAILS(eqp_dataset_open(NULL, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, "path");
  CHECK(out == NULL);
  FAILS(eqp_dataset_open("", NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_dataset_open("none.csv", NULL, NULL, &out, &error), EQP_IO, NULL);
  FAILS(eqp_dataset_open("none.csv", NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  FAILS(eqp_dataset_open("none.csv", "{", NULL, &out, &error), EQP_INVALID_CONFIG, NULL);
  FAILS(eqp_dataset_open("none.csv", "[]", NULL, &out, &error), EQP_INVALID_CONFIG, NULL);
  FAILS(eqp_dataset_open("none.csv", "{\"formt\": 1}", NULL, &out, &error), EQP_INVALID_CONFIG,
        "/formt");
  FAILS(eqp_dataset_open("none.csv", "\xff", NULL, &out, &error), EQP_INVALID_CONFIG, "/");
  /* A folder without images. */
  FAILS(eqp_dataset_open(".", NULL, NULL, &out, &error), EQP_INVALID_DATA, ".");
  FAILS(eqp_dataset_write(NULL, "x.csv", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  FAILS(eqp_dataset_write(dataset, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_dataset_write(dataset, "/no/such/folder/x.csv", NULL, NULL, &error), EQP_IO, NULL);

  parts[0] = parts[1] = parts[2] = (eqp_dataset *)POISON;
  FAILS(eqp_dataset_split(NULL, "{\"folds\": 2}", parts, 2, &error), EQP_INVALID_ARGUMENT,
        "dataset");
  CHECK(parts[0] == NULL && parts[1] == NULL && parts[2] == (eqp_dataset *)POISON);
  FAILS(eqp_dataset_split(dataset, "{\"folds\": 2}", NULL, 2, &error), EQP_INVALID_ARGUMENT,
        "parts");
  FAILS(eqp_dataset_split(dataset, "{\"folds\": 2}", parts, 0, &error), EQP_INVALID_ARGUMENT,
        "part_count");
  FAILS(eqp_dataset_split(dataset, "{\"folds\": 2}", parts, 3, &error), EQP_INVALID_ARGUMENT,
        "part_count");
  FAILS(eqp_dataset_split(dataset, "{\"folds\": 2}", parts, HUGE_COUNT, &error),
        EQP_INVALID_ARGUMENT, "part_count");
  FAILS(eqp_dataset_split(dataset, NULL, parts, 2, &error), EQP_INVALID_CONFIG, NULL);
  FAILS(eqp_dataset_split(dataset, "{\"folds\": -2}", parts, 2, &error), EQP_INVALID_CONFIG,
        "/folds");
  FAILS(eqp_dataset_split(dataset, "{\"folds\": 3}", parts, 3, &error), EQP_INVALID_DATA, NULL);
  CHECK(parts[0] == NULL && parts[1] == NULL && parts[2] == NULL);
  eqp_dataset_free(dataset);
}

static void parts_of_datasets(void) {
  static const char *const texts[] = {"a", "b"};
  static const int64_t rows[] = {0};
  eqp_dataset *dataset = small_dataset(), *out = NULL;
  const eqp_dataset *parts[2];

  parts[0] = dataset;
  parts[1] = NULL;
  FAILS(eqp_dataset_select(NULL, NULL, 0, NULL, 0, &out, &error), EQP_INVALID_ARGUMENT, "dataset");
  FAILS(eqp_dataset_select(dataset, NULL, 0, NULL, 0, NULL, &error), EQP_INVALID_ARGUMENT,
        "selected");
  FAILS(eqp_dataset_select(dataset, texts, HUGE_COUNT, NULL, 0, &out, &error), EQP_INVALID_ARGUMENT,
        "column_count");
  FAILS(eqp_dataset_select(dataset, NULL, 0, rows, HUGE_COUNT, &out, &error), EQP_INVALID_ARGUMENT,
        "row_count");
  FAILS(eqp_dataset_concat(NULL, 1, &out, &error), EQP_INVALID_ARGUMENT, "parts");
  FAILS(eqp_dataset_concat(parts, 0, &out, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_dataset_concat(parts, HUGE_COUNT, &out, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_dataset_concat(parts, 2, &out, &error), EQP_INVALID_ARGUMENT, "parts");
  FAILS(eqp_dataset_concat(parts, 1, NULL, &error), EQP_INVALID_ARGUMENT, "whole");
  eqp_dataset_free(dataset);
}

#endif
