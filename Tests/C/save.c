/*
 * A process that is killed at a random moment of a save leaves the old or the new model: at any
 * time the path can be loaded and predicts as one of the two.
 */
#include "applicants.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static float first_scores[APPLICANTS], second_scores[APPLICANTS], found[APPLICANTS];

static void predict_all(const eqp_model *model, float *scores) {
  SUCCEEDS(
      eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, scores, APPLICANTS, &error));
}

/* Whether both are equal within the precision that a file keeps. */
static int same(const float *a, const float *b) {
  int row;
  for (row = 0; row < APPLICANTS; row++) {
    float difference = a[row] - b[row];
    if (!(difference > -1e-6f && difference < 1e-6f))
      return 0;
  }
  return 1;
}

/* Saves both models in turn until it is killed. */
static void save_for_ever(const eqp_model *first, const eqp_model *second, const char *path) {
  for (;;) {
    if (eqp_model_save(second, path, NULL, NULL, NULL) != EQP_OK)
      _exit(1);
    if (eqp_model_save(first, path, NULL, NULL, NULL) != EQP_OK)
      _exit(1);
  }
}

static void kill_while_saving(const eqp_model *first, const eqp_model *second, const char *path) {
  int round, old_found = 0, new_found = 0;
  SUCCEEDS(eqp_model_save(first, path, NULL, NULL, &error));
  for (round = 0; round < 60; round++) {
    struct timespec moment;
    eqp_model *loaded = NULL;
    pid_t child = fork();
    if (child == 0)
      save_for_ever(first, second, path);
    moment.tv_sec = 0;
    moment.tv_nsec = 1000000 + (long)(applicant_uniform() * 25000000);
    nanosleep(&moment, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    SUCCEEDS(eqp_model_load(path, NULL, NULL, &loaded, &error));
    if (!loaded)
      return;
    predict_all(loaded, found);
    if (same(found, first_scores))
      old_found++;
    else if (same(found, second_scores))
      new_found++;
    eqp_model_free(loaded);
  }
  printf("note: %s: after 60 kills the old model %d times, the new one %d times\n", path, old_found,
         new_found);
  CHECK(old_found + new_found == 60);
}

int main(void) {
  eqp_dataset *applicants = make_applicants();
  eqp_model *first = make_trained(applicants), *second = NULL;
  SUCCEEDS(eqp_finetune(first, applicants, NULL, fair_config, NULL, &second, NULL, &error));
  predict_all(first, first_scores);
  predict_all(second, second_scores);
  CHECK(!same(first_scores, second_scores));
  kill_while_saving(first, second, "model.onnx");
  kill_while_saving(first, second, "model");
  eqp_model_free(second);
  eqp_model_free(first);
  eqp_dataset_free(applicants);
  return finished();
}
