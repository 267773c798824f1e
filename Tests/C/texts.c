/* A text model through the header: a tiny BERT gives the same predictions as transformers, is
 * tuned under a fairness constraint, is saved, and gives the same predictions after loading. */
#include <equipoise/equipoise.h>

#include "check.h"

#define NEAR(a, b, tolerance) ((a) - (b) < (tolerance) && (b) - (a) < (tolerance))

#define COMMENTS 60

/* From Tests/FormatsTests/Resources/transformers/make.py: the softmax of transformers' logits. */
static const char *const texts[] = {"w5 w9 w33", "w47", "[MASK] w8 w21 w40 w11 w30 w6"};
static const float expected[] = {0.26960561f, 0.28854790f, 0.44184649f, 0.27758802f, 0.28849052f,
                                 0.43392148f, 0.26660300f, 0.28768645f, 0.44571055f};

/* Half of the comments are insults, and half mention group b, which is insulted more often. */
static eqp_dataset *make_comments(void) {
  static char text[COMMENTS][64];
  static const char *comments[COMMENTS], *groups[COMMENTS];
  static int64_t labels[COMMENTS];
  eqp_dataset *dataset = NULL;
  int row;
  for (row = 0; row < COMMENTS; row++) {
    int in_b = row % 2, insult = row % 4 == 1 || row % 12 == 3 || row % 6 == 4;
    sprintf(text[row], "w%d %s w%d%s", 10 + row % 7, insult ? "w31" : "w32", 20 + row % 9,
            in_b ? " w44" : " w45");
    comments[row] = text[row];
    groups[row] = in_b ? "b" : "a";
    labels[row] = insult;
  }
  SUCCEEDS(eqp_dataset_new(COMMENTS, &dataset, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "comment", comments, &error));
  SUCCEEDS(eqp_dataset_add_text(dataset, "about", groups, &error));
  SUCCEEDS(eqp_dataset_add_i64(dataset, "insult", labels, NULL, &error));
  return dataset;
}

#define CONFIG(train)                                                                              \
  "{\"data\": {\"text\": \"comment\", \"label\": \"insult\", \"sensitive\": [\"about\"]},"         \
  " \"train\": {\"epochs\": 12, \"batch_size\": 20, \"dropout\": 0," train                         \
  " \"optimizer\": {\"learning_rate\": 0.01}},"                                                    \
  " \"fairness\": [{\"objective\": \"demographic_parity\", \"weight\": 0.2}]}"

static void tuned(const eqp_model *base, const eqp_dataset *comments, const char *config) {
  static float before[COMMENTS], after[COMMENTS];
  const char *first[] = {"w10 w31 w20 w45", "w10 w32 w20 w45"};
  eqp_model *model = NULL, *loaded = NULL;
  char *report = NULL;
  SUCCEEDS(eqp_finetune(base, comments, comments, config, NULL, &model, &report, &error));
  SUCCEEDS(eqp_predict_text(model, first, 2, before, COMMENTS, &error));
  CHECK(before[0] > before[1]); /* the insult */
  SUCCEEDS(eqp_model_save(model, "tuned", NULL, NULL, &error));
  SUCCEEDS(eqp_model_load("tuned", NULL, NULL, &loaded, &error));
  SUCCEEDS(eqp_predict_text(loaded, first, 2, after, COMMENTS, &error));
  CHECK(NEAR(before[0], after[0], 1e-6f) && NEAR(before[1], after[1], 1e-6f));
  eqp_free(report);
  SUCCEEDS(eqp_audit(loaded, comments, NULL, "{}", NULL, &report, &error));
  CHECK(report && strstr(report, "\"demographic_parity_difference\""));
  eqp_free(report);
  eqp_model_free(loaded);
  eqp_model_free(model);
}

int main(void) {
  const char *path = getenv("EQUIPOISE_TEST_BERT"), *missing[] = {"w5", NULL};
  const char *broken[] = {"w5 \xff"};
  float scores[9];
  eqp_model *model = NULL, *other = NULL;
  eqp_dataset *comments = make_comments();
  int index;
  if (!path) {
    fprintf(stderr, "EQUIPOISE_TEST_BERT names no directory\n");
    return 1;
  }
  SUCCEEDS(eqp_model_load(path, NULL, NULL, &model, &error));
  SUCCEEDS(eqp_predict_text(model, texts, 3, scores, 9, &error));
  for (index = 0; index < 9; index++)
    CHECK(NEAR(scores[index], expected[index], 1e-5f));

  tuned(model, comments, CONFIG(""));
  /* Saved as an adapter of the base; then a whole model replaces it in the same directory. */
  tuned(model, comments, CONFIG("\"adapter\": {\"kind\": \"bottleneck\", \"reduction\": 4},"));
  tuned(model, comments, CONFIG("\"adapter\": {\"kind\": \"lora\", \"rank\": 2},"));
  tuned(model, comments, CONFIG("\"freeze\": [\"encoder.*\", \"embeddings.*\"],"));

  FAILS(eqp_predict_text(model, texts, 3, scores, 8, &error), EQP_INVALID_ARGUMENT, "scores_count");
  FAILS(eqp_predict_text(model, missing, 2, scores, 9, &error), EQP_INVALID_DATA, "row 1");
  FAILS(eqp_predict_text(model, broken, 1, scores, 9, &error), EQP_INVALID_DATA, "row 0");
  FAILS(eqp_predict_f32(model, scores, 1, 9, scores, 9, &error), EQP_INVALID_ARGUMENT, NULL);
  SUCCEEDS(eqp_predict_text(model, texts, 0, scores, 0, &error));
  SUCCEEDS(eqp_model_save(model, "model.onnx", NULL, NULL, &error));
  FAILS(eqp_model_load(path, "{\"maximum_length\": 400}", NULL, &other, &error), EQP_INVALID_CONFIG,
        "/maximum_length");
  FAILS(eqp_finetune(model, comments, NULL,
                     "{\"data\": {\"label\": \"insult\"}, \"train\": {\"epochs\": 1}}", NULL,
                     &other, NULL, &error),
        EQP_INVALID_CONFIG, "/data/text");
  eqp_dataset_free(comments);
  eqp_model_free(model);
  return finished();
}
