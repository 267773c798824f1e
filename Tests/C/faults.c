/*
 * Runs out of memory: every call must return EQP_OUT_OF_MEMORY, or succeed with the same result.
 * The process must not end, nothing is printed, nothing leaks, and a file that a save would have
 * replaced stays.
 *
 * This program replaces the allocation functions of the process. Each call runs in forked
 * children in which the n-th allocation fails, alone or with all later ones, and in children
 * whose address space is limited to slightly more than what is in use.
 *
 *   faults [PLACES [CALL...]]   the number of allocations to test in each call, 0: all; 24 by
 *                               default, or the number in EQUIPOISE_TEST_FAULTS
 */
#include "failing_calls.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Children that run out of memory ----------------------------------------------------------
 */

/* The result of a child; 0 and FINE_NO_MEMORY are correct. */
enum {
  FINE,
  FINE_NO_MEMORY,
  OTHER_STATUS,
  OTHER_RESULT,
  LEFT_OUTPUT,
  FILE_CHANGED,
  LEAKED,
  PRINTED,
  DIED,
  STATES
};
static const char *const state_names[STATES] = {
    "same result",    "EQP_OUT_OF_MEMORY", "another status",
    "another result", "an output is left", "the file changed",
    "leaked",         "printed",           "died"};

static int judged(outcome found, outcome expected) {
  if (found.left)
    return LEFT_OUTPUT;
  if (found.status == EQP_OK)
    return found.digest == expected.digest ? FINE : OTHER_RESULT;
  if (found.status != EQP_OUT_OF_MEMORY)
    return OTHER_STATUS;
  /* The digests of files are always known, because the old files had the same content. */
  if (found.digest != 0 && found.digest != expected.digest)
    return FILE_CHANGED;
  return FINE_NO_MEMORY;
}

/* Runs the call three times with its n-th allocation failing; memory that the second and third
 * runs leave allocated is leaked. */
static int with_failure(const char *call, outcome expected, long place, int stays) {
  long before, second;
  int state;
  failing_request = place;
  failing_stays = stays;
  state = judged(run(call), expected);
  if (state > FINE_NO_MEMORY)
    return state;
  before = outstanding;
  run(call);
  second = outstanding - before;
  run(call);
  if (second > 0 && outstanding - before > second)
    return LEAKED;
  failing_request = 0;
  /* The allocation that failed must not fail now, and the result must be the same. */
  return judged(run(call), expected) == FINE ? state : OTHER_RESULT;
}

static long pages_in_use(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  long pages = 0;
  if (!file || fscanf(file, "%ld", &pages) != 1)
    pages = 0;
  if (file)
    fclose(file);
  return pages;
}

static int with_limit(const char *call, outcome expected, long kilobytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0)
    return DIED;
  limit.rlim_cur = (rlim_t)(pages_in_use() * 4096 + kilobytes * 1024);
  if (setrlimit(RLIMIT_AS, &limit) != 0)
    return DIED;
  return judged(run(call), expected);
}

static int in_child(const char *call, outcome expected, long place, int stays, long kilobytes) {
  struct stat printed;
  int status = 0, output = open("printed", O_RDWR | O_CREAT | O_TRUNC, 0600);
  pid_t child = fork();
  if (child == 0) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    alarm(120);
    dup2(output, 1);
    dup2(output, 2);
    _exit(kilobytes ? with_limit(call, expected, kilobytes)
                    : with_failure(call, expected, place, stays));
  }
  waitpid(child, &status, 0);
  fstat(output, &printed);
  close(output);
  if (!WIFEXITED(status))
    return DIED;
  if (WEXITSTATUS(status) <= FINE_NO_MEMORY && printed.st_size > 0)
    return PRINTED;
  return WEXITSTATUS(status);
}

static void show(const char *call, const char *how, const int *counts, const long *firsts) {
  int state;
  printf("note: %-22s %-18s", call, how);
  for (state = 0; state < STATES; state++)
    if (counts[state])
      printf(" %s %d;", state_names[state], counts[state]);
  for (state = OTHER_STATUS; state < STATES; state++)
    if (counts[state]) {
      printf(" %s at %ld;", state_names[state], firsts[state]);
      checks_failed++;
    }
  printf("\n");
  fflush(stdout);
}

static void try_call(const char *call, long places) {
  outcome expected;
  long total, step, place, kilobytes;
  int stays;
  failing_request = 0;
  run(call); /* what is made once is there */
  expected = run(call);
  total = requests;
  if (expected.status != EQP_OK) {
    fprintf(stderr, "%s: status %d without any failure\n", call, (int)expected.status);
    checks_failed++;
    return;
  }
  printf("note: %-22s %ld allocations\n", call, total);
  step = places > 0 && total > places ? total / places : 1;
  /* oneDNN does not handle all of its own failed allocations; for it, only real shortage is
   * excluded. */
  for (stays = strcmp(call, "convolutions") == 0 ? 2 : 0; stays < 2; stays++) {
    int counts[STATES] = {0};
    long firsts[STATES] = {0};
    for (place = 1; place <= total; place += step) {
      int state = in_child(call, expected, place, stays, 0);
      if (counts[state]++ == 0)
        firsts[state] = place;
    }
    show(call, stays ? "all from the n-th" : "one of", counts, firsts);
  }
  {
    int counts[STATES] = {0};
    long firsts[STATES] = {0};
    step = places > 0 ? 512 : 64;
    for (kilobytes = 16; kilobytes < 65536 && counts[FINE] < 3; kilobytes += step) {
      int state = in_child(call, expected, 0, 0, kilobytes);
      if (counts[state]++ == 0)
        firsts[state] = kilobytes;
    }
    show(call, "address space", counts, firsts);
  }
}

static void make_seeds(void) {
  static const char *const labels[] = {"1", "0", "1", "0", "1", "0", "1", "0"};
  const char *path = getenv("EQUIPOISE_TEST_BERT");
  rows = make_applicants();
  model = make_trained(rows);
  SUCCEEDS(eqp_model_save(model, "seed.onnx", NULL, NULL, &error));
  SUCCEEDS(eqp_model_save(model, "seed", NULL, NULL, &error));
  SUCCEEDS(eqp_dataset_write(rows, "seed.csv", NULL, NULL, &error));
  SUCCEEDS(eqp_dataset_write(rows, "seed.csv.gz", NULL, NULL, &error));
  SUCCEEDS(eqp_dataset_write(rows, "seed.jsonl", NULL, NULL, &error));
  SUCCEEDS(eqp_dataset_new(8, &texts, &error));
  SUCCEEDS(eqp_dataset_add_text(texts, "text", sentences, &error));
  SUCCEEDS(eqp_dataset_add_text(texts, "y", labels, &error));
  if (path)
    SUCCEEDS(eqp_model_load(path, NULL, NULL, &bert, &error));
}

int main(int count, char **arguments) {
  static const char *const calls[] = {"load seed.onnx",
                                      "load seed",
                                      "load /sklearn-columns.onnx",
                                      "load /sklearn-scaled-trees.onnx",
                                      "load /transformers/bert",
                                      "open seed.csv",
                                      "open seed.csv.gz",
                                      "open seed.jsonl",
                                      "new",
                                      "add columns",
                                      "predict",
                                      "predict_f32",
                                      "predict_text",
                                      "finetune",
                                      "finetune texts",
                                      "audit",
                                      "audit with intervals",
                                      "auditor",
                                      "transform",
                                      "adjust",
                                      "search",
                                      "save bert",
                                      "save saved.onnx",
                                      "save saved",
                                      "write written.csv",
                                      "write written.csv.gz",
                                      "write written.jsonl",
                                      "split",
                                      "render",
                                      "schema",
                                      "in memory",
                                      "images",
                                      "convolutions",
                                      NULL};
  const char *wanted = getenv("EQUIPOISE_TEST_FAULTS");
  long places = count > 1 ? atol(arguments[1]) : wanted ? atol(wanted) : 24;
  int index;
  resources = getenv("EQUIPOISE_TEST_RESOURCES");
  eqp_set_threads(1, NULL);
  make_seeds();
  if (count > 2) {
    for (index = 2; index < count; index++)
      try_call(arguments[index], places);
    return finished();
  }
  for (index = 0; calls[index]; index++) {
    if (!resources && (strchr(calls[index], '/') || strcmp(calls[index], "images") == 0 ||
                       strcmp(calls[index], "convolutions") == 0))
      continue;
    if ((strstr(calls[index], "text") || strstr(calls[index], "bert")) && !bert)
      continue;
    try_call(calls[index], places);
  }
  return finished();
}
