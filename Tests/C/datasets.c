/* A table is opened, described, read, written, compressed and split; another one is made in
 * memory. */
#include <equipoise/equipoise.h>

#include "check.h"

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL);
  if (!file)
    return;
  fputs(text, file);
  fclose(file);
}

static void round_trip(const char *path) {
  eqp_dataset *people = NULL, *again = NULL;
  float ages[4], scores[4];
  int64_t integers[4];
  char *before, *after;

  write_file(
      "people.csv",
      "name,age,score\n\"Ana, M.\",31,0.5\nBo,?,1.25\n\"C \"\"K\"\"\",4,-3\nD\xc3\xa9,77,NA\n");
  SUCCEEDS(eqp_dataset_open("people.csv", NULL, NULL, &people, &error));
  CHECK(eqp_dataset_rows(people) == 4);
  CHECK(strcmp(eqp_dataset_cell_text(people, "name", 0), "Ana, M.") == 0);
  CHECK(strcmp(eqp_dataset_cell_text(people, "name", 2), "C \"K\"") == 0);
  CHECK(strcmp(eqp_dataset_cell_text(people, "name", 3), "D\xc3\xa9") == 0);
  SUCCEEDS(eqp_dataset_column_f32(people, "age", ages, 4, &error));
  CHECK(ages[0] == 31 && ages[1] != ages[1] && ages[2] == 4 && ages[3] == 77);
  SUCCEEDS(eqp_dataset_column_f32(people, "score", scores, 4, &error));
  CHECK(scores[0] == 0.5f && scores[2] == -3 && scores[3] != scores[3]);
  FAILS(eqp_dataset_column_i64(people, "age", integers, 4, &error), EQP_INVALID_DATA, "age");

  SUCCEEDS(eqp_dataset_write(people, path, NULL, NULL, &error));
  SUCCEEDS(eqp_dataset_open(path, NULL, NULL, &again, &error));
  before = eqp_dataset_describe(people);
  after = eqp_dataset_describe(again);
  CHECK(before && after && strcmp(before, after) == 0);
  CHECK(before && strstr(before, "\"missing\":1"));
  eqp_free(before);
  eqp_free(after);
  eqp_dataset_free(people);
  eqp_dataset_free(again);
}

static void from_memory(void) {
  static const float halves[] = {0.5f, 1.5f, 2.5f};
  static const double thirds[] = {1.0 / 3, 2.0 / 3, 1};
  static const int64_t large[] = {INT64_MAX, INT64_MIN, 7};
  static const char *const words[] = {"x", NULL, ""};
  static const float blocks[] = {1, 2, 3, 4, 5, 6};
  static const int64_t shape[] = {2};
  static const uint8_t second_missing[] = {5};
  eqp_dataset *dataset = NULL, *empty = NULL;
  float numbers[6];
  int64_t integers[3];

  SUCCEEDS(eqp_dataset_new(3, &dataset, &error));
  SUCCEEDS(eqp_dataset_add_f32(dataset, "half", halves, second_missing, &error));
  SUCCEEDS(eqp_dataset_add_f64(dataset, "third", thirds, NULL, &error));
  SUCCEEDS(eqp_dataset_add_i64(dataset, "large", large, NULL, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "word", words, &error));
  SUCCEEDS(eqp_dataset_add_tensor(dataset, "block", blocks, shape, 1, &error));
  SUCCEEDS(eqp_dataset_column_f32(dataset, "half", numbers, 3, &error));
  CHECK(numbers[0] == 0.5f && numbers[1] != numbers[1] && numbers[2] == 2.5f);
  SUCCEEDS(eqp_dataset_column_f32(dataset, "third", numbers, 3, &error));
  CHECK(numbers[1] == (float)(2.0 / 3));
  SUCCEEDS(eqp_dataset_column_i64(dataset, "large", integers, 3, &error));
  CHECK(integers[0] == INT64_MAX && integers[1] == INT64_MIN && integers[2] == 7);
  SUCCEEDS(eqp_dataset_column_f32(dataset, "block", numbers, 6, &error));
  CHECK(numbers[0] == 1 && numbers[5] == 6);
  FAILS(eqp_dataset_column_f32(dataset, "block", numbers, 3, &error), EQP_INVALID_ARGUMENT,
        "count");
  CHECK(strcmp(eqp_dataset_cell_text(dataset, "word", 0), "x") == 0);
  CHECK(eqp_dataset_cell_text(dataset, "word", 1) == NULL);
  CHECK(eqp_dataset_cell_text(dataset, "word", 2) &&
        *eqp_dataset_cell_text(dataset, "word", 2) == 0);
  FAILS(eqp_dataset_write(dataset, "blocks.csv", NULL, NULL, &error), EQP_UNSUPPORTED, NULL);
  eqp_dataset_free(dataset);

  SUCCEEDS(eqp_dataset_new(0, &empty, &error));
  SUCCEEDS(eqp_dataset_add_f32(empty, "none", NULL, NULL, &error));
  SUCCEEDS(eqp_dataset_add_text(empty, "no text", NULL, &error));
  SUCCEEDS(eqp_dataset_column_f32(empty, "none", NULL, 0, &error));
  CHECK(eqp_dataset_rows(empty) == 0);
  eqp_dataset_free(empty);
}

static void parts(void) {
  int64_t numbers[100], sum = 0, part_numbers[100];
  eqp_dataset *dataset = NULL, *folds[4], *fractions[2];
  int i, k;
  for (i = 0; i < 100; i++)
    numbers[i] = i;
  SUCCEEDS(eqp_dataset_new(100, &dataset, &error));
  SUCCEEDS(eqp_dataset_add_i64(dataset, "n", numbers, NULL, &error));
  SUCCEEDS(eqp_dataset_split(dataset, "{\"folds\": 4, \"seed\": 5}", folds, 4, &error));
  SUCCEEDS(eqp_dataset_split(dataset, "{\"fractions\": [0.7, 0.2]}", fractions, 2, &error));
  eqp_dataset_free(dataset); /* the parts live on */
  for (k = 0; k < 4; k++) {
    CHECK(eqp_dataset_rows(folds[k]) == 25);
    SUCCEEDS(eqp_dataset_column_i64(folds[k], "n", part_numbers, 100, &error));
    for (i = 0; i < 25; i++)
      sum += part_numbers[i];
    eqp_dataset_free(folds[k]);
  }
  CHECK(sum == 4950); /* every row in one fold */
  CHECK(eqp_dataset_rows(fractions[0]) == 70 && eqp_dataset_rows(fractions[1]) == 20);
  eqp_dataset_free(fractions[1]);
  eqp_dataset_free(fractions[0]);
}

static void broken_files(void) {
  eqp_dataset *dataset = NULL;
  write_file("ragged.csv", "a,b\n1,2\n3\n");
  FAILS(eqp_dataset_open("ragged.csv", NULL, NULL, &dataset, &error), EQP_INVALID_DATA,
        "ragged.csv:3");
  write_file("typed.csv", "age\n1\n4o\n");
  FAILS(eqp_dataset_open("typed.csv", "{\"types\": {\"age\": \"number\"}}", NULL, &dataset, &error),
        EQP_INVALID_DATA, "typed.csv:3");
  write_file("broken.csv.gz", "\x1f\x8b\x08 this is not gzip");
  FAILS(eqp_dataset_open("broken.csv.gz", NULL, NULL, &dataset, &error), EQP_INVALID_DATA, NULL);
  write_file("broken.jsonl", "{\"a\": 1}\n{\"a\": \n");
  FAILS(eqp_dataset_open("broken.jsonl", NULL, NULL, &dataset, &error), EQP_INVALID_DATA, NULL);
  CHECK(dataset == NULL);
}

static void columns_rows_and_parts(void) {
  static const double fractions[] = {0.1, 1e300, -2.5, 4};
  static const uint8_t three_of_four[] = {7};
  static const char *const words[] = {"a", NULL, "c", "d"};
  static const char *const order[] = {"word", "x"};
  static const char *const twice[] = {"x", "x"};
  static const char *const stranger[] = {"y"};
  static const int64_t rows[] = {3, 0, 0};
  static const int64_t outside[] = {0, 4};
  static const int64_t negative[] = {-1};
  eqp_dataset *dataset = NULL, *part = NULL, *whole = NULL, *empty = NULL;
  const eqp_dataset *parts[3];
  double numbers[8];

  SUCCEEDS(eqp_dataset_new(4, &dataset, &error));
  CHECK(eqp_dataset_columns(dataset) == 0 && !eqp_dataset_column_name(dataset, 0));
  SUCCEEDS(eqp_dataset_add_f64(dataset, "x", fractions, three_of_four, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "word", words, &error));
  CHECK(eqp_dataset_columns(dataset) == 2);
  CHECK(strcmp(eqp_dataset_column_name(dataset, 0), "x") == 0);
  CHECK(strcmp(eqp_dataset_column_name(dataset, 1), "word") == 0);
  CHECK(eqp_dataset_column_name(dataset, 1) == eqp_dataset_column_name(dataset, 1));
  CHECK(!eqp_dataset_column_name(dataset, 2) && !eqp_dataset_column_name(dataset, -1));
  CHECK(!eqp_dataset_column_name(NULL, 0) && eqp_dataset_columns(NULL) == -1);

  /* Doubles are returned unchanged; missing values are NaN. */
  SUCCEEDS(eqp_dataset_column_f64(dataset, "x", numbers, 8, &error));
  CHECK(numbers[0] == 0.1 && numbers[1] == 1e300 && numbers[2] == -2.5 && numbers[3] != numbers[3]);
  FAILS(eqp_dataset_column_f64(dataset, "x", numbers, 3, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_dataset_column_f64(dataset, "word", numbers, 8, &error), EQP_INVALID_DATA, "word");

  SUCCEEDS(eqp_dataset_select(dataset, order, 2, rows, 3, &part, &error));
  CHECK(eqp_dataset_rows(part) == 3 && eqp_dataset_columns(part) == 2);
  CHECK(strcmp(eqp_dataset_column_name(part, 0), "word") == 0);
  CHECK(strcmp(eqp_dataset_cell_text(part, "word", 0), "d") == 0);
  CHECK(strcmp(eqp_dataset_cell_text(part, "word", 2), "a") == 0);
  SUCCEEDS(eqp_dataset_column_f64(part, "x", numbers, 3, &error));
  CHECK(numbers[0] != numbers[0] && numbers[1] == 0.1 && numbers[2] == 0.1);
  eqp_dataset_free(part);
  SUCCEEDS(eqp_dataset_select(dataset, order, 0, NULL, 0, &part, &error));
  CHECK(eqp_dataset_columns(part) == 0 && eqp_dataset_rows(part) == 4);
  eqp_dataset_free(part);
  FAILS(eqp_dataset_select(dataset, twice, 2, NULL, 0, &part, &error), EQP_INVALID_ARGUMENT, "x");
  FAILS(eqp_dataset_select(dataset, stranger, 1, NULL, 0, &part, &error), EQP_INVALID_DATA, "y");
  FAILS(eqp_dataset_select(dataset, NULL, 0, outside, 2, &part, &error), EQP_INVALID_ARGUMENT,
        "rows");
  FAILS(eqp_dataset_select(dataset, NULL, 0, negative, 1, &part, &error), EQP_INVALID_ARGUMENT,
        "rows");
  CHECK(part == NULL);

  SUCCEEDS(eqp_dataset_select(dataset, NULL, 0, rows, 1, &part, &error));
  parts[0] = dataset;
  parts[1] = part;
  parts[2] = dataset;
  SUCCEEDS(eqp_dataset_concat(parts, 3, &whole, &error));
  CHECK(eqp_dataset_rows(whole) == 9);
  CHECK(strcmp(eqp_dataset_cell_text(whole, "word", 4), "d") == 0);
  CHECK(!eqp_dataset_cell_text(whole, "word", 6));
  eqp_dataset_free(whole);
  eqp_dataset_free(part);
  /* A single part gives a separate dataset, to which columns can be added. */
  SUCCEEDS(eqp_dataset_concat(parts, 1, &whole, &error));
  SUCCEEDS(eqp_dataset_add_f64(whole, "more", fractions, NULL, &error));
  CHECK(eqp_dataset_columns(whole) == 3 && eqp_dataset_columns(dataset) == 2);
  parts[1] = whole;
  FAILS(eqp_dataset_concat(parts, 2, &part, &error), EQP_INVALID_ARGUMENT, NULL);
  SUCCEEDS(eqp_dataset_new(4, &empty, &error));
  SUCCEEDS(eqp_dataset_add_text(empty, "x", words, &error));
  SUCCEEDS(eqp_dataset_add_text(empty, "word", words, &error));
  parts[1] = empty;
  FAILS(eqp_dataset_concat(parts, 2, &part, &error), EQP_INVALID_ARGUMENT, "x");
  CHECK(part == NULL);
  eqp_dataset_free(empty);
  eqp_dataset_free(whole);
  eqp_dataset_free(dataset);
}

int main(void) {
  columns_rows_and_parts();
  round_trip("copy.csv");
  round_trip("copy.tsv.gz");
  round_trip("copy.jsonl");
  from_memory();
  parts();
  broken_files();
  return finished();
}
