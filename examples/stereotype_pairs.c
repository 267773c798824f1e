/*
 * Which sentence is more likely to a language model: one that repeats a stereotype, or the same one
 * about others? The metric of CrowS-Pairs, for any checkpoint with a head for masked words.
 *
 *   stereotype_pairs MODEL crows_pairs_anonymized.csv [THREADS]
 *
 * MODEL is a Hugging Face directory of a masked language model: BERT, RoBERTa, XLM-R, DistilBERT or
 * ALBERT with the head that it was pretrained with (a sentence encoder has none). The table: 1,508
 * pairs that differ in the people they mention (N. Nangia, C. Vania, R. Bhalerao and S. R. Bowman,
 * "CrowS-Pairs: A Challenge Dataset for Measuring Social Biases in Masked Language Models", EMNLP
 * 2020), at https://github.com/nyu-mll/crows-pairs; it is not shipped here, and may be compressed
 * (.gz).
 *
 * The score of a sentence is the sum, over the tokens that it shares with the other of its pair, of
 * the logarithm of the token's probability with that token alone masked (equation 1 there). The
 * metric is the share of pairs in which sent_more, the more stereotyping one, has the higher score:
 * 50 is no preference. Pairs with equal scores do not count.
 */
#include <equipoise/equipoise.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 32 };

typedef struct {
  const char *name;
  int pairs, equal, stereotyped;
} kind;

/* The index of a kind among those so far; the last index if there is no room for more. */
static int kind_of(kind *kinds, int *count, const char *name) {
  int i;
  for (i = 0; i < *count; i++)
    if (strcmp(kinds[i].name, name) == 0)
      return i;
  if (*count == KINDS)
    return KINDS - 1;
  kinds[*count].name = name;
  return (*count)++;
}

static void count_pair(kind *kind, float more, float less) {
  /* The published evaluation rounds to three places. */
  double difference = floor(more * 1000.0 + 0.5) - floor(less * 1000.0 + 0.5);
  kind->pairs++;
  kind->equal += difference == 0;
  kind->stereotyped += difference > 0;
}

static void print_kind(const kind *kind) {
  int counted = kind->pairs - kind->equal;
  printf("  %-22s %6d  %6.2f\n", kind->name, kind->pairs,
         counted ? 100.0 * kind->stereotyped / counted : 0.0);
}

static void print_kinds(const eqp_dataset *pairs, const float *more, const float *less) {
  kind kinds[KINDS], all = {"all", 0, 0, 0},
                     directions[2] = {{"stereotypes", 0, 0, 0}, {"anti-stereotypes", 0, 0, 0}};
  int64_t row;
  int i, count = 0;
  memset(kinds, 0, sizeof kinds);
  for (row = 0; row < eqp_dataset_rows(pairs); row++) {
    const char *name = eqp_dataset_cell_text(pairs, "bias_type", row);
    const char *direction = eqp_dataset_cell_text(pairs, "stereo_antistereo", row);
    count_pair(&all, more[row], less[row]);
    count_pair(&directions[direction && strcmp(direction, "stereo") != 0], more[row], less[row]);
    count_pair(&kinds[kind_of(kinds, &count, name ? name : "(none)")], more[row], less[row]);
  }
  printf("  %-22s %6s  %6s\n", "", "pairs", "metric");
  print_kind(&all);
  for (i = 0; i < 2; i++)
    print_kind(&directions[i]);
  printf("\n");
  for (i = 0; i < count; i++)
    print_kind(&kinds[i]);
  printf("\n%d pairs have equal scores.\n", all.equal);
}

/* The scores of one column's sentences, of the words that they share with the other's. */
static int score(const eqp_model *model, const eqp_dataset *pairs, const char *options,
                 float *scores, eqp_error **error) {
  eqp_dataset *result = NULL;
  int done = eqp_predict(model, pairs, options, NULL, &result, error) == EQP_OK &&
             eqp_dataset_column_f32(result, "score", scores, (size_t)eqp_dataset_rows(pairs),
                                    error) == EQP_OK;
  eqp_dataset_free(result);
  return done;
}

int main(int argc, char **argv) {
  eqp_dataset *pairs = NULL;
  eqp_model *model = NULL;
  eqp_error *error = NULL;
  float *more = NULL, *less = NULL;
  int done;
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: stereotype_pairs MODEL crows_pairs_anonymized.csv [THREADS]\n");
    return 2;
  }
  done =
      (argc < 4 || eqp_set_threads(atoi(argv[3]), &error) == EQP_OK) &&
      eqp_model_load(argv[1], "{\"output\": \"log_likelihood\"}", NULL, &model, &error) == EQP_OK &&
      eqp_dataset_open(argv[2], NULL, NULL, &pairs, &error) == EQP_OK;
  if (done) {
    size_t rows = (size_t)eqp_dataset_rows(pairs);
    more = malloc(sizeof *more * (rows + 1));
    less = malloc(sizeof *less * (rows + 1));
    done = more && less &&
           score(model, pairs, "{\"text\": \"sent_more\", \"text_pair\": \"sent_less\"}", more,
                 &error) &&
           score(model, pairs, "{\"text\": \"sent_less\", \"text_pair\": \"sent_more\"}", less,
                 &error);
  }
  if (done)
    print_kinds(pairs, more, less);
  else
    fprintf(stderr, "%s\n", error ? eqp_error_message(error) : "out of memory");
  eqp_error_free(error);
  free(less);
  free(more);
  eqp_dataset_free(pairs);
  eqp_model_free(model);
  return !done;
}
