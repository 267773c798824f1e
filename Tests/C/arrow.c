/*
 * Arrow's ownership rules, with a hand-written producer and consumer: every structure of the
 * producer is released exactly once, by its holder; children may be moved; exported data outlive
 * the library's handle.
 */
#include <equipoise/equipoise.h>

#include <equipoise/arrow_abi.h>

#include "check.h"

static int live; /* structures that were made and not released */

/* ---- A producer of batches with the columns n (int32, one null) and t (utf8) -------------------
 */

static void release_array(struct ArrowArray *array) {
  int64_t i;
  for (i = 0; i < array->n_children; i++) {
    if (array->children[i]->release)
      array->children[i]->release(array->children[i]);
    free(array->children[i]);
  }
  free(array->children);
  for (i = 0; i < array->n_buffers; i++)
    free((void *)array->buffers[i]);
  free((void *)array->buffers);
  array->release = NULL;
  live--;
}

static void release_schema(struct ArrowSchema *schema) {
  int64_t i;
  for (i = 0; i < schema->n_children; i++) {
    if (schema->children[i]->release)
      schema->children[i]->release(schema->children[i]);
    free(schema->children[i]);
  }
  free(schema->children);
  schema->release = NULL;
  live--;
}

static void make_array(struct ArrowArray *array, int64_t length, int64_t buffers,
                       int64_t children) {
  int64_t i;
  memset(array, 0, sizeof *array);
  array->length = length;
  array->n_buffers = buffers;
  array->buffers = calloc((size_t)buffers, sizeof *array->buffers);
  array->n_children = children;
  array->children = calloc((size_t)children + 1, sizeof *array->children);
  for (i = 0; i < children; i++)
    array->children[i] = calloc(1, sizeof **array->children);
  array->release = release_array;
  live++;
}

static void make_schema(struct ArrowSchema *schema, const char *format, const char *name,
                        int64_t children) {
  int64_t i;
  memset(schema, 0, sizeof *schema);
  schema->format = format;
  schema->name = name;
  schema->flags = ARROW_FLAG_NULLABLE;
  schema->n_children = children;
  schema->children = calloc((size_t)children + 1, sizeof *schema->children);
  for (i = 0; i < children; i++)
    schema->children[i] = calloc(1, sizeof **schema->children);
  schema->release = release_schema;
  live++;
}

static void *copied(const void *values, size_t size) {
  void *copy = malloc(size);
  memcpy(copy, values, size);
  return copy;
}

static int batches_left;
static const char *text_format = "u";
static int32_t text_end = 6;

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  (void)stream;
  make_schema(out, "+s", "", 2);
  make_schema(out->children[0], "i", "n", 0);
  make_schema(out->children[1], text_format, "t", 0);
  return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  static const int32_t numbers[] = {7, 0, 9};
  static const uint8_t present[] = {5};
  int32_t offsets[] = {0, 1, 3, 6};
  (void)stream;
  memset(out, 0, sizeof *out);
  if (batches_left-- <= 0)
    return 0;
  offsets[3] = text_end;
  make_array(out, 3, 1, 2);
  make_array(out->children[0], 3, 2, 0);
  out->children[0]->null_count = 1;
  out->children[0]->buffers[0] = copied(present, sizeof present);
  out->children[0]->buffers[1] = copied(numbers, sizeof numbers);
  make_array(out->children[1], 3, 3, 0);
  out->children[1]->buffers[1] = copied(offsets, sizeof offsets);
  out->children[1]->buffers[2] = copied("abbccc", 6);
  return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
  (void)stream;
  return NULL;
}

static void release_stream(struct ArrowArrayStream *stream) {
  stream->release = NULL;
  live--;
}

static struct ArrowArrayStream produce(int batches) {
  struct ArrowArrayStream stream;
  memset(&stream, 0, sizeof stream);
  stream.get_schema = get_schema;
  stream.get_next = get_next;
  stream.get_last_error = get_last_error;
  stream.release = release_stream;
  batches_left = batches;
  live++;
  return stream;
}

/* ---- The checks
 * ----------------------------------------------------------------------------------- */

static void reading(void) {
  struct ArrowArrayStream stream = produce(2);
  eqp_dataset *dataset = NULL;
  int64_t numbers[6];
  SUCCEEDS(eqp_dataset_from_arrow(&stream, NULL, &dataset, &error));
  CHECK(stream.release == NULL);
  CHECK(live == 0);
  CHECK(eqp_dataset_rows(dataset) == 6);
  CHECK(strcmp(eqp_dataset_cell_text(dataset, "t", 4), "bb") == 0);
  FAILS(eqp_dataset_column_i64(dataset, "n", numbers, 6, &error), EQP_INVALID_DATA, "n");
  eqp_dataset_free(dataset);
}

static void refusing(void) {
  struct ArrowArrayStream stream;
  eqp_dataset *dataset = NULL;
  FAILS(eqp_dataset_from_arrow(NULL, NULL, &dataset, &error), EQP_INVALID_ARGUMENT, "stream");
  stream = produce(1);
  FAILS(eqp_dataset_from_arrow(&stream, NULL, NULL, &error), EQP_INVALID_ARGUMENT, "dataset");
  CHECK(live == 0);
  memset(&stream, 0, sizeof stream);
  FAILS(eqp_dataset_from_arrow(&stream, NULL, &dataset, &error), EQP_INVALID_ARGUMENT, "stream");
  text_format = "+m";
  stream = produce(1);
  FAILS(eqp_dataset_from_arrow(&stream, NULL, &dataset, &error), EQP_UNSUPPORTED, "t");
  CHECK(live == 0 && dataset == NULL);
  text_format = "u";
  text_end = 2; /* before the offset that precedes it */
  stream = produce(1);
  FAILS(eqp_dataset_from_arrow(&stream, NULL, &dataset, &error), EQP_INVALID_DATA, "t");
  CHECK(live == 0 && dataset == NULL);
  text_end = 6;
}

static void giving(void) {
  struct ArrowArrayStream stream = produce(1), out;
  struct ArrowSchema schema;
  struct ArrowArray batch, moved, end;
  eqp_dataset *dataset = NULL;
  SUCCEEDS(eqp_dataset_from_arrow(&stream, NULL, &dataset, &error));
  SUCCEEDS(eqp_dataset_to_arrow(dataset, &out, &error));
  eqp_dataset_free(dataset); /* the stream goes on */
  CHECK(out.get_schema(&out, &schema) == 0);
  CHECK(strcmp(schema.format, "+s") == 0 && schema.n_children == 2);
  CHECK(strcmp(schema.children[0]->format, "l") == 0 && strcmp(schema.children[0]->name, "n") == 0);
  CHECK(strcmp(schema.children[1]->format, "U") == 0 && strcmp(schema.children[1]->name, "t") == 0);
  CHECK(out.get_next(&out, &batch) == 0);
  CHECK(out.get_next(&out, &end) == 0 && end.release == NULL);
  out.release(&out); /* the batch goes on */
  CHECK(out.release == NULL);
  schema.release(&schema);
  CHECK(batch.length == 3 && batch.n_children == 2);
  moved = *batch.children[0];
  batch.children[0]->release = NULL;
  batch.release(&batch); /* the moved child goes on */
  CHECK(moved.null_count == 1 && ((const uint8_t *)moved.buffers[0])[0] == 5);
  CHECK(((const int64_t *)moved.buffers[1])[0] == 7 && ((const int64_t *)moved.buffers[1])[2] == 9);
  moved.release(&moved);
  CHECK(moved.release == NULL);
  FAILS(eqp_dataset_to_arrow(NULL, &out, &error), EQP_INVALID_ARGUMENT, "dataset");
  CHECK(out.release == NULL);
}

int main(void) {
  reading();
  refusing();
  giving();
  CHECK(live == 0);
  return finished();
}
