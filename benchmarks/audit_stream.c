/*
 * 100 million rows in record batches of a million, made on request and counted as they arrive,
 * through the Arrow C stream interface: rows per second, and the peak memory of the process after
 * 10 million rows and after all.
 *
 *   audit_stream <threads>
 */
#include "timing.h"

#include <equipoise/arrow_abi.h>

#include <string.h>
#include <sys/resource.h>

enum { BATCH_ROWS = 1000000, FIELDS = 4, GROUPS = 5 };
static const char *const names[FIELDS] = {"y", "p", "group", "score"};
/* int8, bits, dictionary codes of int8, float. */
static const char *const formats[FIELDS] = {"c", "b", "c", "f"};

/* One batch's memory, which is reused for the next one: the reader releases a batch before it
 * requests another. */
static struct producer {
  int8_t labels[BATCH_ROWS];
  uint8_t decisions[(BATCH_ROWS + 7) / 8];
  int8_t groups[BATCH_ROWS];
  float scores[BATCH_ROWS];
  const void *buffers[FIELDS][2];
  const void *no_validity[1];
  struct ArrowArray arrays[FIELDS], *children[FIELDS];
  struct ArrowArray words;
  struct ArrowSchema schemas[FIELDS], *child_schemas[FIELDS], words_schema;
  int32_t word_offsets[GROUPS + 1];
  const void *word_buffers[3];
  int fields;
  int batches_left;
} producer;

static void release_array(struct ArrowArray *array) { array->release = NULL; }
static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_stream(struct ArrowArrayStream *stream) { stream->release = NULL; }
static const char *last_error(struct ArrowArrayStream *stream) {
  (void)stream;
  return NULL;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
  struct producer *p = stream->private_data;
  p->words_schema = (struct ArrowSchema){.format = "u", .name = "", .release = release_schema};
  for (int f = 0; f < FIELDS; f++) {
    p->schemas[f] = (struct ArrowSchema){.format = formats[f],
                                         .name = names[f],
                                         .flags = ARROW_FLAG_NULLABLE,
                                         .release = release_schema};
    p->child_schemas[f] = &p->schemas[f];
  }
  p->schemas[2].dictionary = &p->words_schema;
  *schema = (struct ArrowSchema){.format = "+s",
                                 .name = "",
                                 .n_children = p->fields,
                                 .children = p->child_schemas,
                                 .release = release_schema};
  return 0;
}

static uint64_t mixed = 42;
static void fill(struct producer *p) {
  memset(p->decisions, 0, sizeof p->decisions);
  for (int i = 0; i < BATCH_ROWS; i++) {
    uint64_t bits = (mixed += 0x9E3779B97F4A7C15u);
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
    bits ^= bits >> 27;
    p->scores[i] = (float)(bits & 0xFFFF) * 0x1p-16f;
    p->labels[i] = (bits >> 16 & 0xFFFF) < (bits & 0xFFFF);
    p->decisions[i >> 3] |= (uint8_t)((bits >> 15 & 1) << (i & 7));
    p->groups[i] = (int8_t)((bits >> 32 & 0xFFFF) * GROUPS >> 16);
  }
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *batch) {
  struct producer *p = stream->private_data;
  memset(batch, 0, sizeof *batch);
  if (p->batches_left == 0)
    return 0;
  p->batches_left--;
  fill(p);
  const void *values[FIELDS] = {p->labels, p->decisions, p->groups, p->scores};
  for (int f = 0; f < FIELDS; f++) {
    p->buffers[f][1] = values[f];
    p->arrays[f] = (struct ArrowArray){
        .length = BATCH_ROWS, .n_buffers = 2, .buffers = p->buffers[f], .release = release_array};
    p->children[f] = &p->arrays[f];
  }
  for (int g = 0; g <= GROUPS; g++)
    p->word_offsets[g] = 2 * g;
  p->word_buffers[1] = p->word_offsets;
  p->word_buffers[2] = "g0g1g2g3g4";
  p->words = (struct ArrowArray){
      .length = GROUPS, .n_buffers = 3, .buffers = p->word_buffers, .release = release_array};
  p->arrays[2].dictionary = &p->words;
  *batch = (struct ArrowArray){.length = BATCH_ROWS,
                               .n_buffers = 1,
                               .buffers = p->no_validity,
                               .n_children = p->fields,
                               .children = p->children,
                               .release = release_array};
  return 0;
}

static struct ArrowArrayStream stream_of(int batches, int fields) {
  producer.fields = fields;
  producer.batches_left = batches;
  return (struct ArrowArrayStream){.get_schema = get_schema,
                                   .get_next = get_next,
                                   .get_last_error = last_error,
                                   .release = release_stream,
                                   .private_data = &producer};
}

static double peak_megabytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss / 1000;
}

static void add(eqp_auditor *auditor, int batches, int fields) {
  eqp_error *error = NULL;
  struct ArrowArrayStream stream = stream_of(batches, fields);
  check(eqp_auditor_update_arrow(auditor, &stream, NULL, &error), error);
}

/* Seconds for a million rows, and the peak memory so far. */
static void streamed(const char *what, const char *config, int fields) {
  eqp_error *error = NULL;
  eqp_auditor *auditor = NULL;
  char *text = NULL, variant[80];
  check(eqp_auditor_new(config, &auditor, &error), error);
  double start = now();
  add(auditor, 10, fields);
  double early = peak_megabytes();
  add(auditor, 90, fields);
  double rate = 100 * (double)BATCH_ROWS / (now() - start);
  double late = peak_megabytes();
  check(eqp_auditor_report(auditor, NULL, &text, &error), error);
  if (!strstr(text, "100000000"))
    exit(1);
  eqp_free(text);
  eqp_auditor_free(auditor);
  snprintf(variant, sizeof variant, "100 million rows, %s", what);
  report("stream", variant, "Mrow/s", &rate, 1, 1e-6);
  snprintf(variant, sizeof variant, "peak memory after 10 million, %s", what);
  report("stream", variant, "MB", &early, 1, 1);
  snprintf(variant, sizeof variant, "peak memory after 100 million, %s", what);
  report("stream", variant, "MB", &late, 1, 1);
}

int main(int count, char **arguments) {
  eqp_error *error = NULL;
  check(eqp_set_threads(count > 1 ? atoi(arguments[1]) : 1, &error), error);
  /* The time of the producer alone. */
  double start = now();
  for (int b = 0; b < 10; b++)
    fill(&producer);
  double rate = 10 * (double)BATCH_ROWS / (now() - start);
  report("stream", "the producer alone", "Mrow/s", &rate, 1, 1e-6);
  streamed("counts",
           "{\"task\": \"binary\", \"data\": {\"label\": \"y\", \"positive\": \"1\", "
           "\"prediction\": \"p\","
           " \"sensitive\": [\"group\"]}}",
           3);
  streamed("counts and scores",
           "{\"task\": \"binary\", \"data\": {\"label\": \"y\", \"positive\": \"1\", "
           "\"prediction\": \"p\","
           " \"score\": \"score\", \"sensitive\": [\"group\"]}}",
           4);
  return 0;
}
