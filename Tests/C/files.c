/*
 * The host's files are protected: a replaced file keeps its mode and its links, new files follow
 * the process's umask, devices, pipes and other folders' files are refused, and opening a pipe
 * does not block.
 */
#include "applicants.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const char *path, const char *content, int mode) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL);
  if (!file)
    return;
  fputs(content, file);
  fclose(file);
  CHECK(chmod(path, (mode_t)mode) == 0);
}

static int mode_of(const char *path) {
  struct stat found;
  return lstat(path, &found) == 0 ? (int)(found.st_mode & 07777) : -1;
}

static long size_of(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 ? (long)found.st_size : -1;
}

static int is_link(const char *path) {
  struct stat found;
  return lstat(path, &found) == 0 && S_ISLNK(found.st_mode);
}

static int names_in(const char *folder) {
  char command[600];
  int count = -1;
  FILE *listing;
  snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
  listing = popen(command, "r");
  if (!listing || fscanf(listing, "%d", &count) != 1)
    count = -1;
  if (listing)
    pclose(listing);
  return count;
}

/* ---- What a write replaces --------------------------------------------------------------------
 */

static void replacing(const eqp_dataset *rows) {
  struct stat before, after;
  put("private.csv", "x", 0600);
  SUCCEEDS(eqp_dataset_write(rows, "private.csv", NULL, NULL, &error));
  CHECK(mode_of("private.csv") == 0600 && size_of("private.csv") > 1000);
  put("shared.csv", "x", 0664);
  SUCCEEDS(eqp_dataset_write(rows, "shared.csv", NULL, NULL, &error));
  CHECK(mode_of("shared.csv") == 0664);
  if (geteuid() == 0) {
    put("theirs.csv", "x", 0660);
    CHECK(chown("theirs.csv", 1000, 1001) == 0);
    SUCCEEDS(eqp_dataset_write(rows, "theirs.csv", NULL, NULL, &error));
    CHECK(stat("theirs.csv", &after) == 0 && after.st_uid == 1000 && after.st_gid == 1001);
    CHECK(mode_of("theirs.csv") == 0660);
  }

  /* A link stays a link; its target is replaced. */
  CHECK(mkdir("elsewhere", 0755) == 0 && mkdir("links", 0755) == 0);
  put("elsewhere/target.csv", "x", 0640);
  CHECK(symlink("../elsewhere/target.csv", "links/link.csv") == 0);
  CHECK(symlink("links/link.csv", "second.csv") == 0);
  SUCCEEDS(eqp_dataset_write(rows, "second.csv", NULL, NULL, &error));
  CHECK(is_link("second.csv") && is_link("links/link.csv"));
  CHECK(mode_of("elsewhere/target.csv") == 0640 && size_of("elsewhere/target.csv") > 1000);
  CHECK(names_in("elsewhere") == 1 && names_in("links") == 1);
  CHECK(symlink("elsewhere/new.csv", "to-nothing.csv") == 0);
  SUCCEEDS(eqp_dataset_write(rows, "to-nothing.csv", NULL, NULL, &error));
  CHECK(is_link("to-nothing.csv") && size_of("elsewhere/new.csv") > 1000);
  CHECK(symlink("loop-b", "loop-a") == 0 && symlink("loop-a", "loop-b") == 0);
  FAILS(eqp_dataset_write(rows, "loop-a", NULL, NULL, &error), EQP_IO, "loop-a");
  CHECK(is_link("loop-a"));

  /* Another hard link to a replaced file keeps the old content (docs/promises.md). */
  put("first.csv", "old", 0644);
  CHECK(link("first.csv", "other.csv") == 0 && stat("other.csv", &before) == 0);
  SUCCEEDS(eqp_dataset_write(rows, "first.csv", NULL, NULL, &error));
  CHECK(size_of("other.csv") == 3 && size_of("first.csv") > 1000);
}

static void refusing(const eqp_dataset *rows, const eqp_model *model) {
  static const char *const csv = "{\"format\": \"csv\"}";
  struct stat found;
  CHECK(mkfifo("pipe", 0644) == 0);
  FAILS(eqp_dataset_write(rows, "pipe", csv, NULL, &error), EQP_IO, "pipe");
  FAILS(eqp_model_save(model, "pipe", "{\"format\": \"onnx\"}", NULL, &error), EQP_IO, "pipe");
  CHECK(lstat("pipe", &found) == 0 && S_ISFIFO(found.st_mode));
  FAILS(eqp_dataset_write(rows, "/dev/null", csv, NULL, &error), EQP_IO, "/dev/null");
  FAILS(eqp_dataset_write(rows, "elsewhere", csv, NULL, &error), EQP_IO, "elsewhere");
  FAILS(eqp_dataset_write(rows, "no/such/folder.csv", NULL, NULL, &error), EQP_IO,
        "no/such/folder.csv");

  /* A folder with other files, and names of formats that are not written. */
  CHECK(mkdir("precious", 0755) == 0);
  put("precious/letters.txt", "keep", 0644);
  FAILS(eqp_model_save(model, "precious", NULL, NULL, &error), EQP_REFUSED, "precious");
  CHECK(names_in("precious") == 1);
  SUCCEEDS(eqp_model_save(model, "precious", "{\"overwrite\": true}", NULL, &error));
  CHECK(size_of("precious/letters.txt") == 4);
  SUCCEEDS(eqp_model_save(model, "precious", NULL, NULL, &error)); /* it is a model's now */
  CHECK(mkdir("empty", 0755) == 0);
  SUCCEEDS(eqp_model_save(model, "empty", NULL, NULL, &error));
  SUCCEEDS(eqp_model_save(model, "empty", NULL, NULL, &error));
  FAILS(eqp_model_save(model, "model.pkl", NULL, NULL, &error), EQP_UNSUPPORTED, "model.pkl");
  FAILS(eqp_model_save(model, "model.H5", NULL, NULL, &error), EQP_UNSUPPORTED, "model.H5");
  FAILS(eqp_model_save(model, "model.pt", NULL, NULL, &error), EQP_UNSUPPORTED, "model.pt");
  CHECK(access("model.pkl", F_OK) != 0);
  SUCCEEDS(eqp_model_save(model, "model.v1.2", NULL, NULL, &error));
}

/* ---- New files --------------------------------------------------------------------------------
 */

static volatile int saving = 1;

static void *save_again_and_again(void *rows) {
  int round;
  for (round = 0; round < 60; round++)
    SUCCEEDS(eqp_dataset_write(rows, "masked.csv", NULL, NULL, &error));
  saving = 0;
  return NULL;
}

/* Files that the host creates meanwhile have modes by its umask. */
static void masked(eqp_dataset *rows) {
  mode_t before = umask(077);
  long made = 0, wider = 0;
  pthread_t saver;
  CHECK(pthread_create(&saver, NULL, save_again_and_again, rows) == 0);
  while (saving) {
    struct stat found;
    int file = open("of-the-host", O_CREAT | O_WRONLY | O_TRUNC, 0666);
    made++;
    if (file >= 0 && fstat(file, &found) == 0 && (found.st_mode & 0777) != 0600)
      wider++;
    close(file);
    unlink("of-the-host");
  }
  pthread_join(saver, NULL);
  CHECK(made > 0 && wider == 0);
  CHECK(umask(027) == 077);
  CHECK(mode_of("masked.csv") == 0600);
  SUCCEEDS(eqp_dataset_write(rows, "grouped.csv", NULL, NULL, &error));
  CHECK(mode_of("grouped.csv") == 0640);
  umask(before);
}

static void long_names(const eqp_dataset *rows) {
  char name[300];
  memset(name, 'b', 255);
  strcpy(name + 251, ".csv");
  SUCCEEDS(eqp_dataset_write(rows, name, NULL, NULL, &error));
  SUCCEEDS(eqp_dataset_write(rows, name, NULL, NULL, &error)); /* and again, over it */
  CHECK(size_of(name) > 1000);
  memset(name, 'b', 256);
  strcpy(name + 252, ".csv");
  FAILS(eqp_dataset_write(rows, name, NULL, NULL, &error), EQP_IO, NULL);
}

/* After a successful save, nothing remains of saves that were killed. */
static void killed(const eqp_dataset *rows) {
  int round;
  CHECK(mkdir("killed", 0755) == 0);
  for (round = 0; round < 40; round++) {
    pid_t child = fork();
    if (child == 0)
      for (;;)
        eqp_dataset_write(rows, "killed/rows.csv", NULL, NULL, NULL);
    usleep(2000 + (useconds_t)(applicant_uniform() * 8000));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  SUCCEEDS(eqp_dataset_write(rows, "killed/rows.csv", NULL, NULL, &error));
  CHECK(names_in("killed") == 1);
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

static void reading(const eqp_dataset *rows) {
  eqp_model *model = NULL;
  eqp_dataset *dataset = NULL;
  char *report = NULL;
  alarm(60); /* a pipe without a writer would be waited for */
  CHECK(mkfifo("pipe.csv", 0644) == 0 && mkfifo("pipe.onnx", 0644) == 0);
  FAILS(eqp_dataset_open("pipe.csv", NULL, NULL, &dataset, &error), EQP_IO, "pipe.csv");
  FAILS(eqp_model_load("pipe.onnx", NULL, NULL, &model, &error), EQP_IO, "pipe.onnx");
  FAILS(eqp_dataset_open("/dev/zero", NULL, NULL, &dataset, &error), EQP_IO, "/dev/zero");
  FAILS(eqp_audit(NULL, rows, NULL,
                  "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": "
                  "\"approved\", \"sensitive\": [{\"name\": \"x\", \"text\": \"group\", "
                  "\"lexicon\": {\"a\": \"pipe.csv\", \"b\": [\"B\"]}}]}}",
                  NULL, &report, &error),
        EQP_IO, "pipe.csv");
  alarm(0);
}

/* A configuration cannot reach files outside the root. */
static void bounded(const eqp_dataset *rows) {
  static const char *const inside =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": \"approved\","
      " \"sensitive\": [{\"name\": \"x\", \"text\": \"group\","
      " \"lexicon\": {\"a\": \"root/terms.txt\", \"b\": [\"B\"]}}]}}";
  static const char *const outside =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": \"approved\","
      " \"sensitive\": [{\"name\": \"x\", \"text\": \"group\","
      " \"lexicon\": {\"a\": \"terms.txt\", \"b\": [\"B\"]}}]}}";
  static const char *const linked =
      "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"prediction\": \"approved\","
      " \"sensitive\": [{\"name\": \"x\", \"text\": \"group\","
      " \"lexicon\": {\"a\": \"root/link.txt\", \"b\": [\"B\"]}}]}}";
  char *report = NULL;
  CHECK(mkdir("root", 0755) == 0);
  put("root/terms.txt", "A\n", 0644);
  put("terms.txt", "A\n", 0644);
  CHECK(symlink("../terms.txt", "root/link.txt") == 0);
  SUCCEEDS(eqp_audit(NULL, rows, NULL, outside, NULL, &report, &error));
  eqp_free(report);
  SUCCEEDS(eqp_set_root("root", &error));
  SUCCEEDS(eqp_audit(NULL, rows, NULL, inside, NULL, &report, &error));
  eqp_free(report);
  FAILS(eqp_audit(NULL, rows, NULL, outside, NULL, &report, &error), EQP_REFUSED, NULL);
  FAILS(eqp_audit(NULL, rows, NULL, linked, NULL, &report, &error), EQP_REFUSED, NULL);
  SUCCEEDS(eqp_set_root(NULL, &error));
  SUCCEEDS(eqp_audit(NULL, rows, NULL, linked, NULL, &report, &error));
  eqp_free(report);
}

/* ---- Messages ---------------------------------------------------------------------------------
 */

/* A name of megabytes is not repeated in full, and every error has a location. */
static void messages(const eqp_dataset *rows) {
  static char name[1 << 20], config[(1 << 20) + 100];
  static const char *const broken[] = {
      "[]", "7", "{", "{\"data\": 1, \"data\": 2}", "{\"a\": \"\\ud83d\"}", "{\"data\": {}, }"};
  eqp_error *error = NULL;
  char *report = NULL;
  size_t index;
  memset(name, 'n', sizeof name - 1);
  CHECK(eqp_dataset_column_f32(rows, name, NULL, 0, &error) == EQP_INVALID_DATA);
  CHECK(strlen(eqp_error_message(error)) < 1000 && strstr(eqp_error_message(error), "nnn"));
  eqp_error_free(error);
  snprintf(config, sizeof config, "{\"%s\": 1}", name);
  CHECK(eqp_audit(NULL, rows, NULL, config, NULL, &report, &error) == EQP_INVALID_CONFIG);
  CHECK(strlen(eqp_error_message(error)) < 4200);
  eqp_error_free(error);
  for (index = 0; index < sizeof broken / sizeof *broken; index++) {
    CHECK(eqp_audit(NULL, rows, NULL, broken[index], NULL, &report, &error) == EQP_INVALID_CONFIG);
    CHECK(eqp_error_location(error)[0] != '\0');
    eqp_error_free(error);
  }
}

int main(void) {
  eqp_dataset *rows = make_applicants();
  eqp_model *model = make_trained(rows);
  umask(022);
  replacing(rows);
  refusing(rows, model);
  masked(rows);
  long_names(rows);
  killed(rows);
  reading(rows);
  bounded(rows);
  messages(rows);
  eqp_model_free(model);
  eqp_dataset_free(rows);
  return finished();
}
