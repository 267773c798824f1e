/* A host that forks after the library has used its workers: the child predicts and tunes like
 * the parent. */
#include "applicants.h"

#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  static float expected[APPLICANTS], scores[APPLICANTS];
  eqp_dataset *applicants = make_applicants();
  eqp_model *model = make_trained(applicants);
  pid_t child;
  int status = 0;
  SUCCEEDS(eqp_set_threads(4, &error));
  SUCCEEDS(eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, expected, APPLICANTS,
                           &error));
  child = fork();
  if (child == 0) {
    eqp_model *tuned = NULL;
    alarm(60); /* a child that waits for workers which are not there is ended */
    SUCCEEDS(eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, scores, APPLICANTS,
                             &error));
    CHECK(memcmp(scores, expected, sizeof scores) == 0);
    SUCCEEDS(eqp_finetune(model, applicants, NULL, fair_config, NULL, &tuned, NULL, &error));
    eqp_model_free(tuned);
    _exit(checks_failed ? 1 : 0);
  }
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  eqp_model_free(model);
  eqp_dataset_free(applicants);
  return finished();
}
