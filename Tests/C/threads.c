/* Eight threads predict with a model, each in its own way, while the main thread tunes from it. */
#include "applicants.h"

#include <pthread.h>

#define THREADS 8

static eqp_dataset *applicants;
static eqp_model *model;
static float expected[APPLICANTS];
static volatile int stop = 0;

static void *predict_again(void *argument) {
  long *rounds = (long *)argument;
  static const int sizes[] = {1, 7, 64, APPLICANTS};
  float *scores = malloc(sizeof(float) * APPLICANTS);
  long wrong = 0, round = 0;
  do {
    int size = sizes[round % 4], row;
    memset(scores, 0, sizeof(float) * APPLICANTS);
    if (round % 16 == 15) {
      eqp_dataset *predictions = NULL;
      size = APPLICANTS;
      if (eqp_predict(model, applicants, NULL, NULL, &predictions, NULL) != EQP_OK)
        wrong++;
      if (eqp_dataset_column_f32(predictions, "score", scores, APPLICANTS, NULL) != EQP_OK)
        wrong++;
      eqp_dataset_free(predictions);
    } else if (eqp_predict_f32(model, applicant_features, (size_t)size, FEATURES, scores,
                               APPLICANTS, NULL)) {
      wrong++;
    }
    for (row = 0; row < size; row++) {
      float difference = scores[row] - expected[row];
      if (!(difference > -1e-5f && difference < 1e-5f))
        wrong++;
    }
    round++;
  } while (!stop);
  free(scores);
  *rounds = round;
  return wrong ? argument : NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  long rounds[THREADS], all = 0;
  int i, times = getenv("EQUIPOISE_TEST_SHORT") ? 1 : 20;

  applicants = make_applicants();
  model = make_trained(applicants);
  SUCCEEDS(eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, expected, APPLICANTS,
                           &error));
  for (i = 0; i < THREADS; i++)
    CHECK(pthread_create(&threads[i], NULL, predict_again, &rounds[i]) == 0);
  for (i = 0; i < times; i++) {
    eqp_model *tuned = NULL;
    char *report = NULL;
    SUCCEEDS(eqp_finetune(model, applicants, NULL, fair_config, NULL, &tuned, NULL, &error));
    SUCCEEDS(eqp_audit(tuned, applicants, NULL, NULL, NULL, &report, &error));
    eqp_free(report);
    eqp_model_free(tuned);
  }
  stop = 1;
  for (i = 0; i < THREADS; i++) {
    void *wrong = NULL;
    pthread_join(threads[i], &wrong);
    CHECK(wrong == NULL);
    all += rounds[i];
  }
  printf("note: %ld predictions while %d models were tuned\n", all, times);
  eqp_model_free(model);
  eqp_dataset_free(applicants);
  return finished();
}
