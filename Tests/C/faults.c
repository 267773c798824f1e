/*
 * Memory that ends: every call returns EQP_OUT_OF_MEMORY, or succeeds with the same result; the
 * process lives, nothing is printed, nothing leaks, and a file that a save would have replaced
 * stays.
 *
 * This program stands in for the allocation functions of the process. Each call runs in forked
 * children in which the n-th allocation fails, once or with all that follow, and in children whose
 * address space is limited to what is in use and a little more.
 *
 *   faults [PLACES [CALL...]]   so many places of each call, 0: all; 24 by default, or as many as
 *                               EQUIPOISE_TEST_FAULTS says
 */
#include "applicants.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

/* ---- The allocation functions -----------------------------------------------------------------
 */

static volatile long requests, failing_request, outstanding;
static volatile int counting, failing_stays;

static int fails(void) {
  long number;
  if (!counting)
    return 0;
  number = __sync_add_and_fetch(&requests, 1);
  return failing_request > 0 &&
         (number == failing_request || (failing_stays && number > failing_request));
}

static void *counted(void *memory) {
  if (memory)
    __sync_add_and_fetch(&outstanding, 1);
  else
    errno = ENOMEM;
  return memory;
}

void *malloc(size_t size) { return counted(fails() ? NULL : __libc_malloc(size)); }
void *calloc(size_t count, size_t size) {
  return counted(fails() ? NULL : __libc_calloc(count, size));
}
void *aligned_alloc(size_t alignment, size_t size) {
  return counted(fails() ? NULL : __libc_memalign(alignment, size));
}
void *memalign(size_t alignment, size_t size) {
  return counted(fails() ? NULL : __libc_memalign(alignment, size));
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *made = counted(fails() ? NULL : __libc_memalign(alignment, size));
  if (made)
    *memory = made;
  return made ? 0 : ENOMEM;
}
void *realloc(void *memory, size_t size) {
  void *moved;
  if (!memory)
    return malloc(size);
  if (fails()) {
    errno = ENOMEM;
    return NULL;
  }
  moved = __libc_realloc(memory, size);
  if (!moved && size == 0)
    __sync_sub_and_fetch(&outstanding, 1);
  return moved;
}
void free(void *memory) {
  if (memory)
    __sync_sub_and_fetch(&outstanding, 1);
  __libc_free(memory);
}

/* ---- What is called ---------------------------------------------------------------------------
 */

static eqp_dataset *rows, *texts;
static eqp_model *model, *bert;
static const char *resources;

static const char *const sentences[] = {"w5 w9 w33", "w47",     "w8 w21", "w10 w31",
                                        "w44 w45",   "w11 w30", "w6",     "w20 w32 w5"};
static const char *const auditor_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"],"
    " \"prediction\": \"approved\"}}";

typedef struct {
  eqp_status status;
  unsigned long digest; /* of the result, if it succeeded */
  int left;             /* a failure that left something in a place of the caller */
} outcome;

static unsigned long digest_of(unsigned long digest, const void *bytes, size_t count) {
  const unsigned char *byte = bytes;
  while (count--)
    digest = (digest ^ *byte++) * 1099511628211ul;
  return digest;
}

static unsigned long digest_of_text(const char *text) {
  return text ? digest_of(14695981039346656037ul, text, strlen(text)) : 0;
}

static unsigned long digest_of_file(const char *path) {
  static unsigned char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  size_t count = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  if (file)
    fclose(file);
  return digest_of(14695981039346656037ul, bytes, count);
}

static unsigned long digest_of_dataset(const eqp_dataset *dataset) {
  char *text = eqp_dataset_describe(dataset);
  unsigned long digest = digest_of_text(text);
  eqp_free(text);
  return digest;
}

/* What a model says of itself, and its scores for numbers or texts. */
static unsigned long digest_of_model(const eqp_model *of) {
  static float features[20 * 64], scores[4096];
  static const char *const words[] = {"the quick brown fox", "caf\xc3\xa9 and tea"};
  char *text = eqp_model_describe(of);
  const char *found = text ? strstr(text, "\"features\":") : NULL;
  unsigned long digest = digest_of_text(text);
  size_t columns = found ? strtoul(found + 11, NULL, 10) : 0, index;
  eqp_free(text);
  memset(scores, 0, sizeof scores);
  for (index = 0; index < 20 * 64; index++)
    features[index] = (float)(index * 7919 % 13) / 4 - 1.5f;
  if (columns <= 64 && eqp_predict_f32(of, features, 20, columns, scores, 4096, NULL) == EQP_OK)
    digest = digest_of(digest, scores, sizeof scores);
  if (eqp_predict_text(of, words, 2, scores, 4096, NULL) == EQP_OK)
    digest = digest_of(digest, scores, sizeof scores);
  return digest;
}

/* The call has returned: failures end here. */
static void stop_failing(void) {
  struct rlimit limit;
  counting = 0;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_AS, &limit);
  }
}

/* Runs one call with the failure that is set, digests its result without, and releases it. */
static outcome run(const char *call) {
  static float scores[APPLICANTS];
  char path[1024];
  eqp_error *error = NULL;
  eqp_model *made_model = NULL;
  eqp_dataset *made_rows = NULL, *parts[2] = {NULL, NULL};
  eqp_auditor *auditor = NULL, *other = NULL;
  char *text = NULL;
  void *bytes = NULL;
  size_t count = 0;
  outcome result = {0, 0, 0};

  requests = 0;
  counting = 1;
  if (strncmp(call, "load ", 5) == 0) {
    const char *name = call + 5;
    snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? resources : "", name);
    result.status = eqp_model_load(path, NULL, NULL, &made_model, &error);
  } else if (strncmp(call, "open ", 5) == 0) {
    const char *name = call + 5;
    snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? resources : "", name);
    result.status = eqp_dataset_open(path, NULL, NULL, &made_rows, &error);
  } else if (strcmp(call, "images") == 0) {
    snprintf(path, sizeof path, "%s/../../DatasetsTests/Resources/images", resources);
    result.status =
        eqp_dataset_open(path, "{\"image\": {\"size\": [10, 9]}}", NULL, &made_rows, &error);
  } else if (strcmp(call, "convolutions") == 0) {
    static float pixels[2 * 3 * 32 * 32];
    eqp_model *network = NULL;
    for (count = 0; count < sizeof pixels / sizeof *pixels; count++)
      pixels[count] = (float)(count * 7919 % 251) / 251;
    snprintf(path, sizeof path, "%s/../../EquipoiseTests/Resources/resnet-basic", resources);
    result.status = eqp_model_load(path, "{\"image\": [32, 32]}", NULL, &network, &error);
    if (result.status == EQP_OK)
      result.status = eqp_predict_f32(network, pixels, 2, 3 * 32 * 32, scores, APPLICANTS, &error);
    stop_failing();
    if (result.status == EQP_OK)
      result.digest = digest_of(1, scores, 2 * sizeof *scores);
    eqp_model_free(network);
    count = 0;
  } else if (strcmp(call, "in memory") == 0) {
    result.status = eqp_model_save_memory(model, NULL, NULL, &bytes, &count, &error);
    if (result.status == EQP_OK)
      result.status = eqp_model_load_memory(bytes, count, NULL, NULL, &made_model, &error);
  } else if (strcmp(call, "new") == 0) {
    result.status =
        eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [8], \"seed\": 1}", &made_model, &error);
  } else if (strcmp(call, "add columns") == 0) {
    static const char *const names[] = {"a", "b", NULL, "\xc3\xa9"};
    result.status = eqp_dataset_new(4, &made_rows, &error);
    if (result.status == EQP_OK)
      result.status = eqp_dataset_add_f32(made_rows, "x", applicant_features, NULL, &error);
    if (result.status == EQP_OK)
      result.status = eqp_dataset_add_text(made_rows, "t", names, &error);
    stop_failing();
    if (result.status != EQP_OK) {
      eqp_dataset_free(made_rows);
      made_rows = NULL;
    }
  } else if (strcmp(call, "predict") == 0) {
    result.status = eqp_predict(model, rows, NULL, NULL, &made_rows, &error);
  } else if (strcmp(call, "predict_f32") == 0) {
    result.status = eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, scores,
                                    APPLICANTS, &error);
  } else if (strcmp(call, "predict_text") == 0) {
    result.status = eqp_predict_text(bert, sentences, 8, scores, APPLICANTS, &error);
  } else if (strcmp(call, "finetune") == 0) {
    result.status = eqp_finetune(model, rows, NULL, fair_config, NULL, &made_model, &text, &error);
  } else if (strcmp(call, "finetune texts") == 0) {
    result.status = eqp_finetune(bert, texts, NULL,
                                 "{\"data\": {\"label\": \"y\", \"text\": \"text\"},"
                                 " \"train\": {\"epochs\": 1, \"batch_size\": 8}}",
                                 NULL, &made_model, NULL, &error);
  } else if (strcmp(call, "audit") == 0) {
    result.status = eqp_audit(model, rows, NULL, "{}", NULL, &text, &error);
  } else if (strcmp(call, "audit with intervals") == 0) {
    result.status = eqp_audit(model, rows, NULL,
                              "{\"intervals\": {\"method\": \"percentile\", \"replicates\": 50}}",
                              NULL, &text, &error);
  } else if (strcmp(call, "auditor") == 0) {
    result.status = eqp_auditor_new(auditor_config, &auditor, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_update(auditor, rows, NULL, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_save(auditor, &bytes, &count, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_restore(bytes, count, &other, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_merge(auditor, other, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_report(auditor, NULL, &text, &error);
  } else if (strncmp(call, "save ", 5) == 0) {
    const eqp_model *saved = strcmp(call, "save bert") == 0 ? bert : model;
    result.status = eqp_model_save(saved, call + 5, NULL, NULL, &error);
    stop_failing();
    snprintf(path, sizeof path, "%s%s", call + 5, strchr(call, '.') ? "" : "/model.safetensors");
    result.digest = digest_of_file(path);
  } else if (strncmp(call, "write ", 6) == 0) {
    result.status = eqp_dataset_write(rows, call + 6, NULL, NULL, &error);
    stop_failing();
    result.digest = digest_of_file(call + 6);
  } else if (strcmp(call, "split") == 0) {
    result.status = eqp_dataset_split(
        rows, "{\"fractions\": [0.5, 0.5], \"stratify\": [\"group\"]}", parts, 2, &error);
  } else if (strcmp(call, "render") == 0) {
    char *report = NULL;
    stop_failing();
    eqp_audit(model, rows, NULL, "{}", NULL, &report, NULL);
    counting = 1;
    result.status = eqp_report_render(report, "html", "page.html", &error);
    stop_failing();
    eqp_free(report);
    result.digest = digest_of_file("page.html");
  } else if (strcmp(call, "schema") == 0) {
    text = eqp_config_schema("finetune");
    result.status = text ? EQP_OK : EQP_OUT_OF_MEMORY;
  }
  stop_failing();

  if (made_model)
    result.digest = digest_of_model(made_model);
  if (made_rows)
    result.digest = digest_of_dataset(made_rows);
  if (parts[1])
    result.digest = digest_of_dataset(parts[0]) + 3 * digest_of_dataset(parts[1]);
  if (text && !made_model) /* a report of tuning has times */
    result.digest = digest_of_text(text);
  if (result.status == EQP_OK && strncmp(call, "predict_", 8) == 0)
    result.digest = digest_of(1, scores, sizeof scores);
  if (result.status != EQP_OK && (made_model || made_rows || text || parts[0] || parts[1]))
    result.left = 1;
  eqp_error_free(error);
  eqp_model_free(made_model);
  eqp_dataset_free(made_rows);
  eqp_dataset_free(parts[0]);
  eqp_dataset_free(parts[1]);
  eqp_auditor_free(auditor);
  eqp_auditor_free(other);
  eqp_free(text);
  eqp_free(bytes);
  return result;
}

/* ---- Children that run out of memory ----------------------------------------------------------
 */

/* What a child found; 0 and FINE_NO_MEMORY are right. */
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
  /* Of files the digest is known in any case: the old ones had the same content. */
  if (found.digest != 0 && found.digest != expected.digest)
    return FILE_CHANGED;
  return FINE_NO_MEMORY;
}

/* The call with its n-th allocation failing, three times: what the second and the third leave
 * allocated is lost. */
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
  /* What failed then must not fail now, nor give something else. */
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
  /* oneDNN uses what its own allocations refuse; of it only real shortage is kept away. */
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
