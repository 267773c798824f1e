/*
 * Calls every function with invalid arguments: NULL, zero, negative and huge numbers, handles of
 * another kind, text that is not JSON. The status is never EQP_OK, every out-pointer is NULL, and
 * the process survives.
 */
#include <equipoise/equipoise.h>
#include <equipoise/arrow_abi.h>

#include "check.h"

#define HUGE_COUNT ((size_t)-1)
#define POISON ((void *)(size_t)16)

static int releases = 0;

static void count_release(struct ArrowArrayStream *stream) {
  releases++;
  stream->release = NULL;
}

static void log_nothing(void *context, int32_t level, const char *message) {
  (void)context;
  (void)level;
  (void)message;
}

/* A dataset of two rows with a column of each kind. */
static eqp_dataset *small_dataset(void) {
  static const float numbers[] = {1, 2};
  static const int64_t integers[] = {0, 1};
  static const char *const texts[] = {"a", NULL};
  eqp_dataset *dataset = NULL;
  SUCCEEDS(eqp_dataset_new(2, &dataset, &error));
  SUCCEEDS(eqp_dataset_add_f32(dataset, "number", numbers, NULL, &error));
  SUCCEEDS(eqp_dataset_add_i64(dataset, "integer", integers, NULL, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "text", texts, &error));
  return dataset;
}

static void errors_and_memory(void) {
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
}

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

static void unfinished_parts(void) {
  struct ArrowArrayStream stream;
  eqp_dataset *dataset = small_dataset(), *out = (eqp_dataset *)POISON;
  eqp_auditor *auditor = (eqp_auditor *)POISON;
  char *text = (char *)POISON;
  void *bytes = POISON;
  size_t count = 7;

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

  FAILS(eqp_report_render(NULL, "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("{}", NULL, "x", &error), EQP_INVALID_ARGUMENT, "format");
  FAILS(eqp_report_render("{}", "html", NULL, &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_report_render("{}", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("{", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("[]", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("[1]", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("\"\xff\"", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("{\"kind\": \"poem\"}", "html", "x", &error), EQP_INVALID_ARGUMENT,
        "report_json");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "", "x", &error), EQP_INVALID_ARGUMENT,
        "format");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "HTML", "x", &error), EQP_INVALID_ARGUMENT,
        "format");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "pdf", "x", &error), EQP_INVALID_ARGUMENT,
        "format");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "html", "", &error), EQP_INVALID_ARGUMENT,
        "path");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "html", "/", &error), EQP_IO, NULL);
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "html", "/no/such/folder/x.html", &error),
        EQP_IO, NULL);

  FAILS(eqp_auditor_new("{}", &auditor, &error), EQP_INVALID_CONFIG, "/data");
  CHECK(auditor == NULL);
  FAILS(eqp_auditor_new(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  FAILS(eqp_auditor_update(NULL, dataset, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  FAILS(eqp_auditor_update((eqp_auditor *)dataset, dataset, NULL, &error), EQP_INVALID_ARGUMENT,
        "auditor");
  FAILS(eqp_auditor_merge(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  FAILS(eqp_auditor_save(NULL, &bytes, &count, &error), EQP_INVALID_ARGUMENT, "auditor");
  CHECK(bytes == NULL && count == 0);
  FAILS(eqp_auditor_save(NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_auditor_restore(NULL, 0, &auditor, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_auditor_restore("x", HUGE_COUNT, &auditor, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_auditor_restore("x", 1, &auditor, &error), EQP_INTEGRITY, NULL);
  FAILS(eqp_auditor_update_arrow(NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  text = (char *)POISON;
  FAILS(eqp_auditor_report(NULL, NULL, &text, &error), EQP_INVALID_ARGUMENT, "auditor");
  CHECK(text == NULL);
  eqp_dataset_free(dataset);
}

static void transforms(void) {
  eqp_dataset *dataset = small_dataset(), *out = (eqp_dataset *)POISON;
  eqp_transform *transform = (eqp_transform *)POISON;
  char *text = (char *)POISON;
  void *bytes = POISON;
  size_t count = 7;

  FAILS(eqp_transform_fit(NULL, "{}", NULL, &transform, &out, &text, &error), EQP_INVALID_ARGUMENT,
        "rows");
  CHECK(transform == NULL && out == NULL && text == NULL);
  FAILS(eqp_transform_fit(dataset, "{}", NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "transform");
  FAILS(eqp_transform_fit(dataset, NULL, NULL, &transform, NULL, NULL, &error), EQP_INVALID_CONFIG,
        "/steps");
  FAILS(eqp_transform_fit(dataset, "{\"steps\": [{\"name\": \"x\"}]}", NULL, &transform, NULL, NULL,
                          &error),
        EQP_INVALID_CONFIG, "/steps/0/name");
  FAILS(eqp_transform_apply(NULL, dataset, NULL, &out, &error), EQP_INVALID_ARGUMENT, "transform");
  FAILS(eqp_transform_apply((eqp_transform *)dataset, dataset, NULL, &out, &error),
        EQP_INVALID_ARGUMENT, "transform");
  FAILS(eqp_transform_apply(NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "applied");
  FAILS(eqp_transform_save(NULL, &bytes, &count, &error), EQP_INVALID_ARGUMENT, "transform");
  CHECK(bytes == NULL && count == 0);
  FAILS(eqp_transform_save(NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_transform_save(NULL, &bytes, NULL, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_transform_load(NULL, 0, &transform, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_transform_load("x", HUGE_COUNT, &transform, &error), EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_transform_load("x", 1, &transform, &error), EQP_INTEGRITY, NULL);
  FAILS(eqp_transform_load("x", 1, NULL, &error), EQP_INVALID_ARGUMENT, "transform");
  CHECK(eqp_transform_describe(NULL) == NULL);
  CHECK(eqp_transform_describe((eqp_transform *)dataset) == NULL);
  eqp_dataset_free(dataset);
}

static void fronts(void) {
  eqp_dataset *dataset = small_dataset();
  eqp_front *front = (eqp_front *)POISON;
  eqp_model *model = (eqp_model *)POISON, *base = NULL;
  char *text = (char *)POISON;
  int64_t index = 7;

  SUCCEEDS(eqp_model_new("{}", &base, &error));
  FAILS(eqp_search(NULL, dataset, NULL, "{}", NULL, &front, &error), EQP_INVALID_ARGUMENT, "base");
  CHECK(front == NULL);
  FAILS(eqp_search(base, NULL, NULL, "{}", NULL, &front, &error), EQP_INVALID_ARGUMENT, "train");
  FAILS(eqp_search(base, dataset, (const eqp_dataset *)base, "{}", NULL, &front, &error),
        EQP_INVALID_ARGUMENT, "validation");
  FAILS(eqp_search(base, dataset, NULL, "{}", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "front");
  FAILS(eqp_search(base, dataset, NULL, "{\"search\": {\"trials\": 0}}", NULL, &front, &error),
        EQP_INVALID_CONFIG, "/search/trials");
  CHECK(eqp_front_count(NULL) == -1);
  CHECK(eqp_front_count((eqp_front *)dataset) == -1);
  FAILS(eqp_front_model(NULL, 0, &model, &text, &error), EQP_INVALID_ARGUMENT, "front");
  CHECK(model == NULL && text == NULL);
  FAILS(eqp_front_model((eqp_front *)dataset, 0, &model, NULL, &error), EQP_INVALID_ARGUMENT,
        "front");
  FAILS(eqp_front_model(NULL, 0, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_front_choose(NULL, NULL, &index, &text, &error), EQP_INVALID_ARGUMENT, "front");
  CHECK(index == 0);
  FAILS(eqp_front_choose(NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "index");
  CHECK(eqp_front_describe(NULL) == NULL);
  CHECK(eqp_front_describe((eqp_front *)dataset) == NULL);
  FAILS(eqp_front_save(NULL, "front", NULL, &error), EQP_INVALID_ARGUMENT, "front");
  FAILS(eqp_front_load(NULL, NULL, &front, &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_front_load("no/such/folder", NULL, &front, &error), EQP_IO,
        "no/such/folder/front.json");
  FAILS(eqp_front_load("front", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "front");
  eqp_model_free(base);
  eqp_dataset_free(dataset);
}

static void models_and_verbs(void) {
  eqp_model *model = (eqp_model *)POISON, *tuned = (eqp_model *)POISON;
  eqp_dataset *dataset = small_dataset(), *out = (eqp_dataset *)POISON;
  char *report = (char *)POISON;
  float numbers[2] = {0, 0};
  static const char *const texts[] = {"a", "b"};
  static const int64_t rows[] = {0};
  const eqp_dataset *parts[2];
  const float *arrays[1];
  size_t lengths[1];
  int32_t labels[1];
  void *bytes;
  size_t count = 7;
  eqp_endpoint *endpoint = NULL;
  eqp_hooks hooks;
  eqp_communicator communicator;

  parts[0] = dataset;
  parts[1] = NULL;
  arrays[0] = numbers;
  lengths[0] = 2;
  CHECK(eqp_model_describe(NULL) == NULL);
  FAILS(eqp_model_load(NULL, NULL, NULL, &model, &error), EQP_INVALID_ARGUMENT, "path");
  CHECK(model == NULL);
  FAILS(eqp_model_load("none.onnx", NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_load("none.onnx", NULL, NULL, &model, &error), EQP_IO, NULL);
  FAILS(eqp_model_load("none", NULL, NULL, &model, &error), EQP_IO, NULL);
  FAILS(eqp_model_load("none.onnx", "{\"key\": 3}", NULL, &model, &error), EQP_INVALID_CONFIG,
        "/key");
  FAILS(eqp_model_new(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_new("{\"kind\": \"mpl\"}", &model, &error), EQP_INVALID_CONFIG, "/kind");
  FAILS(eqp_model_new("{\"hidden\": [0]}", &model, &error), EQP_INVALID_CONFIG, "/hidden/0");
  FAILS(eqp_model_new("{\"hidden\": [-1]}", &model, &error), EQP_INVALID_CONFIG, "/hidden/0");
  FAILS(eqp_model_new("{\"hidden\": [1e300]}", &model, &error), EQP_INVALID_CONFIG, NULL);
  SUCCEEDS(eqp_model_new("", &model, &error));

  FAILS(eqp_model_save(NULL, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_save(model, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_model_save((eqp_model *)dataset, "x", NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "model");
  FAILS(eqp_model_save(model, "/no/such/folder/x.onnx", NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        NULL);

  FAILS(eqp_finetune(NULL, dataset, NULL, NULL, NULL, &tuned, &report, &error),
        EQP_INVALID_ARGUMENT, "base");
  CHECK(tuned == NULL && report == NULL);
  FAILS(eqp_finetune(model, NULL, NULL, NULL, NULL, &tuned, NULL, &error), EQP_INVALID_ARGUMENT,
        "train");
  FAILS(eqp_finetune(model, dataset, NULL, NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "tuned");
  FAILS(eqp_finetune(model, dataset, (eqp_dataset *)model, NULL, NULL, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "validation");
  FAILS(eqp_finetune(model, dataset, NULL, "{\"trian\": {}}", NULL, &tuned, NULL, &error),
        EQP_INVALID_CONFIG, "/trian");
  FAILS(eqp_finetune(model, dataset, NULL, "{\"data\": {\"label\": \"none\"}}", NULL, &tuned, NULL,
                     &error),
        EQP_INVALID_DATA, NULL);
  memset(&hooks, 0, sizeof hooks);
  FAILS(eqp_finetune(model, dataset, NULL, NULL, &hooks, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "hooks.struct_size");
  hooks.struct_size = sizeof hooks;
  hooks.communicator = &communicator;
  memset(&communicator, 0, sizeof communicator);
  FAILS(eqp_finetune(model, dataset, NULL, NULL, &hooks, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "hooks.communicator.struct_size");
  communicator.struct_size = sizeof communicator;
  FAILS(eqp_finetune(model, dataset, NULL, NULL, &hooks, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "hooks.communicator");
  communicator.size = 2;
  FAILS(eqp_finetune(model, dataset, NULL, NULL, &hooks, &tuned, NULL, &error), EQP_UNSUPPORTED,
        "hooks.communicator");
  memset(&hooks, 0, sizeof hooks);
  hooks.struct_size = sizeof hooks;
  hooks.cancel = (const eqp_cancel *)dataset;
  FAILS(eqp_predict(model, dataset, NULL, &hooks, &out, &error), EQP_INVALID_ARGUMENT,
        "hooks.cancel");
  /* The size in the header of ABI 0, whose structure was shorter. */
  hooks.struct_size = 32;
  FAILS(eqp_predict(model, dataset, NULL, &hooks, &out, &error), EQP_INVALID_ARGUMENT,
        "hooks.struct_size");
  FAILS(eqp_audit(NULL, dataset, (eqp_dataset *)model, NULL, NULL, &report, &error),
        EQP_INVALID_ARGUMENT, "reference");
  FAILS(eqp_audit(NULL, dataset, dataset,
                  "{\"data\": {\"label\": \"integer\", \"prediction\": \"integer\"}, "
                  "\"baseline\": {\"kind\": \"audit\"}}",
                  NULL, &report, &error),
        EQP_INVALID_CONFIG, "/baseline");
  report = (char *)POISON;
  tuned = (eqp_model *)POISON;
  FAILS(eqp_model_adjust(model, NULL, "{}", NULL, &tuned, &report, &error), EQP_INVALID_ARGUMENT,
        "rows");
  CHECK(tuned == NULL && report == NULL);
  FAILS(eqp_model_adjust(model, dataset, "{}", NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "adjusted");
  FAILS(eqp_model_adjust((eqp_model *)dataset, dataset, "{}", NULL, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_adjust(NULL, (eqp_dataset *)model, "{}", NULL, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "rows");
  FAILS(eqp_model_adjust(NULL, dataset, NULL, NULL, &tuned, NULL, &error), EQP_INVALID_CONFIG,
        "/adjust");
  FAILS(eqp_model_adjust(NULL, dataset, "{\"adjust\": [{\"method\": \"x\"}]}", NULL, &tuned, NULL,
                         &error),
        EQP_INVALID_CONFIG, "/adjust/0/method");
  FAILS(eqp_model_adjust(NULL, dataset, "{\"adjust\": [{\"method\": \"thresholds\"}]}", NULL,
                         &tuned, NULL, &error),
        EQP_INVALID_CONFIG, "/data");
  FAILS(eqp_model_adjust(NULL, dataset,
                         "{\"data\": {\"label\": \"integer\"},"
                         " \"adjust\": [{\"method\": \"thresholds\"}]}",
                         NULL, &tuned, NULL, &error),
        EQP_INVALID_CONFIG, "/data/score");
  FAILS(eqp_model_adjust(model, dataset,
                         "{\"data\": {\"label\": \"integer\"},"
                         " \"adjust\": [{\"method\": \"calibration\"}]}",
                         NULL, &tuned, NULL, &error),
        EQP_INVALID_ARGUMENT, "model");
  CHECK(tuned == NULL);
  FAILS(eqp_decide_f32(NULL, numbers, 1, 2, NULL, NULL, numbers, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_decide_f32(model, NULL, 1, 2, NULL, NULL, numbers, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "features");
  FAILS(eqp_decide_f32(model, numbers, 1, 2, NULL, NULL, NULL, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "scores");
  FAILS(eqp_decide_f32(model, numbers, 1, 2, NULL, NULL, numbers, 1, NULL, 1, &error),
        EQP_INVALID_ARGUMENT, "labels");
  FAILS(eqp_decide_f32(model, numbers, 1, 2, NULL, NULL, numbers, 1, labels, HUGE_COUNT, &error),
        EQP_INVALID_ARGUMENT, "labels_count");
  FAILS(
      eqp_decide_f32(model, numbers, HUGE_COUNT / 2, 9, NULL, NULL, numbers, 1, labels, 1, &error),
      EQP_INVALID_ARGUMENT, "rows");
  FAILS(eqp_decide_f32(model, numbers, 1, 2, NULL, NULL, numbers, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_parameter_f32(NULL, "x", numbers, 2, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_parameter_f32(model, "x", numbers, 2, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_with_parameters(NULL, texts, arrays, lengths, 1, &tuned, &error),
        EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_with_parameters(model, NULL, arrays, lengths, 1, &tuned, &error),
        EQP_INVALID_ARGUMENT, "names");
  FAILS(eqp_model_with_parameters(model, texts, NULL, lengths, 1, &tuned, &error),
        EQP_INVALID_ARGUMENT, "values");
  FAILS(eqp_model_with_parameters(model, texts, arrays, NULL, 1, &tuned, &error),
        EQP_INVALID_ARGUMENT, "lengths");
  FAILS(eqp_model_with_parameters(model, texts, arrays, lengths, HUGE_COUNT, &tuned, &error),
        EQP_INVALID_ARGUMENT, "count");
  FAILS(eqp_model_with_parameters(model, texts, arrays, lengths, 1, NULL, &error),
        EQP_INVALID_ARGUMENT, "changed");
  CHECK(tuned == NULL);
  FAILS(eqp_model_load_memory(NULL, 1, NULL, NULL, &tuned, &error), EQP_INVALID_ARGUMENT, "bytes");
  FAILS(eqp_model_load_memory("x", HUGE_COUNT, NULL, NULL, &tuned, &error), EQP_INVALID_ARGUMENT,
        "count");
  FAILS(eqp_model_load_memory("x", 1, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_model_load_memory("x", 1, "{\"key\": 3}", NULL, &tuned, &error), EQP_INVALID_CONFIG,
        "/key");
  bytes = POISON;
  FAILS(eqp_model_save_memory(NULL, NULL, NULL, &bytes, &count, &error), EQP_INVALID_ARGUMENT,
        "model");
  CHECK(bytes == NULL && count == 0);
  FAILS(eqp_model_save_memory(model, NULL, NULL, NULL, &count, &error), EQP_INVALID_ARGUMENT,
        "bytes");
  FAILS(eqp_model_save_memory(model, NULL, NULL, &bytes, NULL, &error), EQP_INVALID_ARGUMENT,
        "count");
  FAILS(eqp_endpoint_new(NULL, &endpoint, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_endpoint_new(model, NULL, &error), EQP_INVALID_ARGUMENT, "endpoint");
  FAILS(eqp_endpoint_swap(NULL, model, &error), EQP_INVALID_ARGUMENT, "endpoint");
  FAILS(eqp_endpoint_swap((eqp_endpoint *)model, model, &error), EQP_INVALID_ARGUMENT, "endpoint");
  FAILS(eqp_endpoint_model(NULL, &tuned, &error), EQP_INVALID_ARGUMENT, "endpoint");
  FAILS(eqp_endpoint_predict(NULL, dataset, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT,
        "endpoint");
  FAILS(eqp_endpoint_predict_f32(NULL, numbers, 1, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT,
        "endpoint");
  FAILS(eqp_endpoint_predict_text(NULL, texts, 2, numbers, 2, &error), EQP_INVALID_ARGUMENT,
        "endpoint");
  FAILS(eqp_endpoint_decide_f32(NULL, numbers, 1, 2, NULL, NULL, numbers, 1, labels, 1, &error),
        EQP_INVALID_ARGUMENT, "endpoint");
  eqp_endpoint_free(NULL);
  eqp_endpoint_free((eqp_endpoint *)model);
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
  FAILS(eqp_auditor_subtract(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "auditor");
  FAILS(eqp_set_library(NULL, NULL, &error), EQP_INVALID_ARGUMENT, "name");
  FAILS(eqp_set_library("xgbost", NULL, &error), EQP_INVALID_ARGUMENT, "name");
  FAILS(eqp_set_library("xgboost", "", &error), EQP_INVALID_ARGUMENT, "path");
  SUCCEEDS(eqp_set_library("xgboost", NULL, &error));
  FAILS(eqp_cancel_new(NULL, &error), EQP_INVALID_ARGUMENT, "cancel");
  CHECK(eqp_cancel_requested(NULL) == 0);
  CHECK(eqp_cancel_requested((eqp_cancel *)dataset) == 0);
  eqp_cancel_request(NULL);
  eqp_cancel_request((eqp_cancel *)dataset);
  eqp_cancel_reset(NULL);
  eqp_cancel_free(NULL);
  eqp_cancel_free((eqp_cancel *)dataset);

  FAILS(eqp_predict(NULL, dataset, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, "model");
  CHECK(out == NULL);
  FAILS(eqp_predict(model, NULL, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, "inputs");
  FAILS(eqp_predict(model, dataset, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "predictions");
  FAILS(eqp_predict(model, dataset, NULL, NULL, &out, &error), EQP_INVALID_ARGUMENT, NULL);
  FAILS(eqp_predict(model, dataset, "{\"threshold\": 7}", NULL, &out, &error), EQP_INVALID_CONFIG,
        "/threshold");
  FAILS(eqp_predict_f32(NULL, numbers, 1, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_predict_f32(model, NULL, 1, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT, "features");
  FAILS(eqp_predict_f32(model, numbers, 1, 2, NULL, 1, &error), EQP_INVALID_ARGUMENT, "scores");
  FAILS(eqp_predict_f32(model, numbers, HUGE_COUNT, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT,
        "rows");
  FAILS(eqp_predict_f32(model, numbers, HUGE_COUNT / 2, 9, numbers, 1, &error),
        EQP_INVALID_ARGUMENT, "rows");
  FAILS(eqp_predict_f32(model, numbers, 1, HUGE_COUNT, numbers, 1, &error), EQP_INVALID_ARGUMENT,
        "columns");
  FAILS(eqp_predict_f32(model, numbers, 1, 2, numbers, HUGE_COUNT, &error), EQP_INVALID_ARGUMENT,
        "scores_count");
  FAILS(eqp_predict_f32(model, numbers, 1, 2, numbers, 1, &error), EQP_INVALID_ARGUMENT, NULL);
  FAILS(eqp_predict_text(model, texts, 2, numbers, 2, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_predict_text(NULL, texts, 2, numbers, 2, &error), EQP_INVALID_ARGUMENT, "model");
  FAILS(eqp_predict_text(model, NULL, 2, numbers, 2, &error), EQP_INVALID_ARGUMENT, "texts");
  report = (char *)POISON;
  FAILS(eqp_audit(NULL, NULL, NULL, NULL, NULL, &report, &error), EQP_INVALID_ARGUMENT, "dataset");
  CHECK(report == NULL);
  FAILS(eqp_audit(NULL, dataset, NULL, NULL, NULL, NULL, &error), EQP_INVALID_ARGUMENT,
        "report_json");
  FAILS(eqp_audit(NULL, dataset, NULL, NULL, NULL, &report, &error), EQP_INVALID_CONFIG, "/data");
  FAILS(eqp_audit((eqp_model *)dataset, dataset, NULL, NULL, NULL, &report, &error),
        EQP_INVALID_ARGUMENT, "model");

  /* A handle of another kind is not released. */
  eqp_dataset_free((eqp_dataset *)model);
  eqp_model_free((eqp_model *)dataset);
  CHECK(eqp_dataset_rows(dataset) == 2);
  eqp_model_free(model);
  eqp_dataset_free(dataset);
}

int main(void) {
  errors_and_memory();
  new_datasets();
  reading_datasets();
  unfinished_parts();
  transforms();
  fronts();
  models_and_verbs();
  return finished();
}
