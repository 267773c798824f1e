/*
 * kill_save FOLDER [TIMES]: a process that saves two models over one path, again and again, is killed at
 * random moments. After each kill the path loads and predicts what one of the two models predicts: never
 * a mixture, never an error. Done for an ONNX file and for a directory of the library's own.
 */
#include <equipoise/equipoise.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS 400
#define PROBES 3

static void stop(const char *what, eqp_error *error) {
  fprintf(stderr, "kill_save: %s: %s\n", what, error ? eqp_error_message(error) : "");
  exit(1);
}

/* Two columns and a label; `turn` makes the second table another one. */
static eqp_dataset *table(int turn) {
  eqp_error *error = NULL;
  eqp_dataset *dataset = NULL;
  static double first[ROWS], second[ROWS];
  static int64_t label[ROWS];
  for (int row = 0; row < ROWS; row++) {
    first[row] = sin(row * 1.7);
    second[row] = cos(row * 0.9);
    label[row] = (turn ? first[row] - second[row] : first[row] + second[row]) > 0;
  }
  if (eqp_dataset_new(ROWS, &dataset, &error) ||
      eqp_dataset_add_f64(dataset, "first", first, NULL, &error) ||
      eqp_dataset_add_f64(dataset, "second", second, NULL, &error) ||
      eqp_dataset_add_i64(dataset, "label", label, NULL, &error))
    stop("dataset", error);
  return dataset;
}

static void scores(const eqp_model *model, float *out) {
  static const float rows[PROBES * 2] = {0.3f, -0.8f, 0.9f, 0.9f, -0.5f, 0.1f};
  eqp_error *error = NULL;
  if (eqp_predict_f32(model, rows, PROBES, 2, out, PROBES, &error))
    stop("predict", error);
}

static eqp_model *load(const char *path, const char *what) {
  eqp_error *error = NULL;
  eqp_model *model = NULL;
  if (eqp_model_load(path, NULL, &model, &error))
    stop(what, error);
  return model;
}

static void save(const eqp_model *model, const char *path) {
  eqp_error *error = NULL;
  if (eqp_model_save(model, path, NULL, &error))
    stop("save", error);
}

/* Saves the two models in turn over one path, for ever. */
static void save_for_ever(const char *first, const char *second, const char *path) {
  eqp_model *models[2] = {load(first, "first"), load(second, "second")};
  if (write(STDOUT_FILENO, "!", 1) != 1)
    exit(1);
  for (int turn = 0;; turn++)
    save(models[turn % 2], path);
}

static int same(const float *a, const float *b) {
  for (int index = 0; index < PROBES; index++)
    if (fabsf(a[index] - b[index]) > 1e-6f)
      return 0;
  return 1;
}

/* Starts a saver, waits until it saves, and kills it a little later. */
static void save_and_kill(const char *self, char *const names[3]) {
  int ready[2];
  if (pipe(ready))
    stop("pipe", NULL);
  pid_t child = fork();
  if (child == 0) {
    dup2(ready[1], STDOUT_FILENO);
    close(ready[0]);
    execl(self, self, "--save", names[0], names[1], names[2], (char *)NULL);
    _exit(127);
  }
  close(ready[1]);
  char byte;
  if (child < 0 || read(ready[0], &byte, 1) != 1)
    stop("the saver did not start", NULL);
  close(ready[0]);
  struct timespec pause = {0, rand() % 30000000};
  nanosleep(&pause, NULL);
  kill(child, SIGKILL);
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
    stop("the saver ended by itself", NULL);
}

int main(int count, char **arguments) {
  if (count == 5 && !strcmp(arguments[1], "--save")) {
    save_for_ever(arguments[2], arguments[3], arguments[4]);
    return 0;
  }
  if (count < 2)
    return 2;
  int times = count > 2 ? atoi(arguments[2]) : 50;
  char first[4096], second[4096], path[4096];
  char *names[3] = {first, second, path};
  float known[2][PROBES];
  srand(20260101);

  for (int turn = 0; turn < 2; turn++) {
    snprintf(names[turn], 4096, "%s/model-%d.onnx", arguments[1], turn);
    eqp_error *error = NULL;
    eqp_model *base = NULL, *tuned = NULL;
    eqp_dataset *rows = table(turn);
    /* Large enough that a save takes several writes. */
    if (eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [300, 300]}", &base, &error) ||
        eqp_finetune(base, rows, NULL,
                     "{\"data\": {\"label\": \"label\"}, \"train\": {\"epochs\": 2, \"batch_size\": 50}}",
                     NULL, &tuned, NULL, &error))
      stop("finetune", error);
    scores(tuned, known[turn]);
    save(tuned, names[turn]);
    eqp_model_free(base);
    eqp_model_free(tuned);
    eqp_dataset_free(rows);
  }
  if (same(known[0], known[1]))
    stop("the two models are alike", NULL);

  static const char *const kinds[2] = {"path.onnx", "path"};
  for (int kind = 0; kind < 2; kind++) {
    int seen[2] = {0, 0};
    snprintf(path, sizeof path, "%s/%s", arguments[1], kinds[kind]);
    eqp_model *model = load(first, "first");
    save(model, path);
    eqp_model_free(model);
    for (int time = 0; time < times; time++) {
      save_and_kill(arguments[0], names);
      float found[PROBES];
      model = load(path, "what a kill left does not load");
      scores(model, found);
      eqp_model_free(model);
      if (same(found, known[0]))
        seen[0]++;
      else if (same(found, known[1]))
        seen[1]++;
      else
        stop("a mixture of two models", NULL);
    }
    printf("%-9s killed %d times: the first model %d times, the second %d times\n", kinds[kind], times,
           seen[0], seen[1]);
  }
  return 0;
}
