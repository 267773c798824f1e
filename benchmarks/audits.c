/*
 * The library's side of the benchmarks of audits: times of seven metrics in ten groups, the speed
 * of counting relative to that of the memory, bootstrap replicates, and rows from a stream.
 *
 *   audits <audit|bandwidth|bootstrap> <threads>
 */
#include "timing.h"

#include <pthread.h>
#include <string.h>

#define DATA                                                                                       \
  "\"data\": {\"label\": \"y\", \"prediction\": \"p\", \"sensitive\": [\"sex\", \"race\"]},"       \
  " \"by\": [[\"sex\", \"race\"]]"
#define SEVEN                                                                                      \
  "\"metrics\": [\"accuracy\", \"selection_rate\", \"tpr\", \"fpr\", \"fnr\", \"tnr\", "           \
  "\"precision\"]"

static const char *const seven_metrics = "{" DATA ", " SEVEN "}";
static const char *const thousand_replicates =
    "{" DATA ", \"intervals\": {\"method\": \"percentile\", \"replicates\": 1000}}";
static const char *const five_replicates =
    "{" DATA ", \"intervals\": {\"method\": \"percentile\", \"replicates\": 5}}";

enum { COLUMNS = 4, MOST_RUNS = 21 };
static const char *const names[COLUMNS] = {"y", "p", "sex", "race"};

/* 24% positive labels, 80% right decisions, two times five groups. */
static int64_t **make_columns(int rows) {
  int64_t **columns = malloc(COLUMNS * sizeof *columns);
  for (int c = 0; c < COLUMNS; c++)
    columns[c] = malloc((size_t)rows * sizeof **columns);
  for (int i = 0; i < rows; i++) {
    columns[0][i] = uniform() < 0.24;
    columns[1][i] = uniform() < 0.8 ? columns[0][i] : 1 - columns[0][i];
    columns[2][i] = uniform() < 0.5;
    columns[3][i] = (int64_t)(uniform() * 5);
  }
  return columns;
}

static void free_columns(int64_t **columns) {
  for (int c = 0; c < COLUMNS; c++)
    free(columns[c]);
  free(columns);
}

static eqp_dataset *make_dataset(int64_t **columns, int rows) {
  eqp_error *error = NULL;
  eqp_dataset *dataset = NULL;
  check(eqp_dataset_new((size_t)rows, &dataset, &error), error);
  for (int c = 0; c < COLUMNS; c++)
    check(eqp_dataset_add_i64(dataset, names[c], columns[c], NULL, &error), error);
  return dataset;
}

/* Seconds for one audit. */
static double audited(const eqp_dataset *dataset, const char *config) {
  eqp_error *error = NULL;
  char *text = NULL;
  double start = now();
  check(eqp_audit(NULL, dataset, NULL, config, NULL, &text, &error), error);
  double seconds = now() - start;
  eqp_free(text);
  return seconds;
}

/* First, a dataset that has not been audited before. */
static void audit(int rows, const char *size, int fresh, int runs) {
  int64_t **columns = make_columns(rows);
  eqp_dataset *dataset = NULL;
  double seconds[MOST_RUNS];
  char variant[64];
  for (int r = 0; r < fresh; r++) {
    eqp_dataset_free(dataset);
    dataset = make_dataset(columns, rows);
    seconds[r] = audited(dataset, seven_metrics);
  }
  snprintf(variant, sizeof variant, "%s rows, first", size);
  report("audit", variant, "ms", seconds, fresh, 1e3);
  for (int r = 0; r < runs; r++)
    seconds[r] = audited(dataset, seven_metrics);
  snprintf(variant, sizeof variant, "%s rows, again", size);
  report("audit", variant, "ms", seconds, runs, 1e3);
  eqp_dataset_free(dataset);
  free_columns(columns);
}

/* ---- The memory's speed ---- */

struct share {
  const uint64_t *words;
  size_t count;
  uint64_t sum;
};

static void *read_share(void *context) {
  struct share *share = context;
  uint64_t sums[8] = {0};
  for (size_t i = 0; i + 8 <= share->count; i += 8)
    for (int lane = 0; lane < 8; lane++)
      sums[lane] += share->words[i + lane];
  for (int lane = 0; lane < 8; lane++)
    share->sum += sums[lane];
  return NULL;
}

/* Seconds to read all words once, by all threads. */
static double read_all(const uint64_t *words, size_t count, int threads, uint64_t *sum) {
  enum { MOST = 64 };
  struct share shares[MOST];
  pthread_t workers[MOST];
  threads = threads < MOST ? threads : MOST;
  double start = now();
  for (int t = 0; t < threads; t++) {
    size_t first = count / (size_t)threads * (size_t)t;
    shares[t] = (struct share){words + first, count / (size_t)threads, 0};
    if (t > 0)
      pthread_create(&workers[t], NULL, read_share, &shares[t]);
  }
  read_share(&shares[0]);
  for (int t = 1; t < threads; t++)
    pthread_join(workers[t], NULL);
  double seconds = now() - start;
  for (int t = 0; t < threads; t++)
    *sum += shares[t].sum;
  return seconds;
}

/* The audit reads a code of four bytes per row from four columns. For comparison, this reads the
 * same number of bytes without counting. */
static void bandwidth(int threads) {
  enum { ROWS = 10000000, RUNS = 15 };
  const char *const variant = "10 million rows, again";
  const size_t bytes = (size_t)ROWS * COLUMNS * 4;
  int64_t **columns = make_columns(ROWS);
  eqp_dataset *dataset = make_dataset(columns, ROWS);
  double rates[RUNS];
  uint64_t sum = 0;
  free_columns(columns);
  audited(dataset, seven_metrics);
  for (int r = 0; r < RUNS; r++)
    rates[r] = (double)bytes / audited(dataset, seven_metrics);
  report("bandwidth", variant, "GB/s", rates, RUNS, 1e-9);
  eqp_dataset_free(dataset);
  uint64_t *words = aligned_alloc(1 << 21, (bytes + (1 << 21)) & ~(size_t)((1 << 21) - 1));
  memset(words, 1, bytes);
  for (int r = 0; r < RUNS; r++)
    rates[r] = (double)bytes / read_all(words, bytes / 8, threads, &sum);
  report_of("a plain read", "bandwidth", variant, "GB/s", rates, RUNS, sum ? 1e-9 : 0);
  free(words);
}

static void bootstrap(int rows, const char *size, const char *config, const char *replicates) {
  int64_t **columns = make_columns(rows);
  eqp_dataset *dataset = make_dataset(columns, rows);
  double seconds[7];
  char variant[64];
  free_columns(columns);
  audited(dataset, seven_metrics);
  for (int r = 0; r < 7; r++)
    seconds[r] = audited(dataset, config);
  snprintf(variant, sizeof variant, "%s rows, %s replicates", size, replicates);
  report("bootstrap", variant, "ms", seconds, 7, 1e3);
  eqp_dataset_free(dataset);
}

int main(int count, char **arguments) {
  eqp_error *error = NULL;
  if (count < 3) {
    fprintf(stderr, "audits <audit|bandwidth|bootstrap> <threads>\n");
    return 2;
  }
  check(eqp_set_threads(atoi(arguments[2]), &error), error);
  if (!strcmp(arguments[1], "audit")) {
    audit(1000000, "1 million", 9, 21);
    audit(10000000, "10 million", 3, 9);
  } else if (!strcmp(arguments[1], "bandwidth")) {
    bandwidth(atoi(arguments[2]));
  } else if (!strcmp(arguments[1], "bootstrap")) {
    bootstrap(100000, "100,000", five_replicates, "5");
    bootstrap(100000, "100,000", thousand_replicates, "1,000");
    bootstrap(10000000, "10 million", thousand_replicates, "1,000");
  } else {
    return 2;
  }
  return 0;
}
