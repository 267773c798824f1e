/*
 * Mentions of groups: a sentence encoder is tuned to a filter of abuse, once without and once with
 * a fairness objective, so that its answer does not depend on the group that a text mentions.
 *
 *   fair_texts MODEL labeled_data.csv bias_madlibs_77k.csv [OUTPUT]
 *
 * MODEL is the directory of an encoder such as all-MiniLM-L6-v2. labeled_data.csv: 24,783 tweets, 0
 * hate, 1 offensive, 2 neither (T. Davidson, D. Warmsley, M. Macy and I. Weber, "Automated Hate
 * Speech Detection and the Problem of Offensive Language", 2017). bias_madlibs_77k.csv: the same
 * sentences for fifty terms of identity, half of them harmless (L. Dixon, J. Li, J. Sorensen, N.
 * Thain and L. Vasserman, "Measuring and Mitigating Unintended Bias in Text Classification", 2018).
 * Neither is shipped here; both may be compressed (.gz). The fairer filter is saved to OUTPUT,
 * which transformers opens.
 *
 * A fifth of the tweets is set aside to count accuracy. The false-positive rate of a term is the
 * share of the harmless sentences with it that are called hate or offensive; the gap is the largest
 * less the smallest.
 */
#include "report_numbers.h"
#include <ctype.h>
#include <equipoise/equipoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 3, NEITHER = 2 };

/* Longer terms come before those that they contain. */
static const char *const terms[] = {"african american",
                                    "middle eastern",
                                    "middle aged",
                                    "lesbian",
                                    "gay",
                                    "bisexual",
                                    "transgender",
                                    "trans",
                                    "queer",
                                    "lgbt",
                                    "lgbtq",
                                    "homosexual",
                                    "straight",
                                    "heterosexual",
                                    "male",
                                    "female",
                                    "nonbinary",
                                    "african",
                                    "black",
                                    "white",
                                    "european",
                                    "hispanic",
                                    "latino",
                                    "latina",
                                    "latinx",
                                    "mexican",
                                    "canadian",
                                    "american",
                                    "asian",
                                    "indian",
                                    "chinese",
                                    "japanese",
                                    "christian",
                                    "muslim",
                                    "jewish",
                                    "buddhist",
                                    "catholic",
                                    "protestant",
                                    "sikh",
                                    "taoist",
                                    "old",
                                    "older",
                                    "young",
                                    "younger",
                                    "teenage",
                                    "millenial",
                                    "elderly",
                                    "blind",
                                    "deaf",
                                    "paralyzed"};
enum { TERMS = sizeof terms / sizeof *terms };

#define DATA "\"data\": {\"text\": \"tweet\", \"label\": \"class\"}"
/* One epoch; the rate rises for a tenth of the steps and then falls to 0. */
#define TRAIN                                                                                      \
  "\"train\": {\"epochs\": 1, \"batch_size\": 32, \"seed\": 1,"                                    \
  "            \"optimizer\": {\"learning_rate\": 1e-4},"                                          \
  "            \"schedule\": {\"name\": \"linear\", \"warmup\": 0.1}}"
static const char *const audit = "{" DATA ", \"metrics\": [\"accuracy\"]}";
static const char *const plain = "{" DATA ", " TRAIN "}";

/* Adds "replace each of the terms by any other" to the plain configuration. */
static char *fairer(void) {
  size_t room = strlen(plain) + TERMS * 32 + 200, length;
  char *json = malloc(room);
  int i;
  if (!json)
    return NULL;
  length = (size_t)sprintf(json, "{" DATA ", " TRAIN
                                 ", \"fairness\": [{\"objective\": \"counterfactual\","
                                 " \"weight\": 3, \"swap\": \"random\", \"terms\": [[");
  for (i = 0; i < TERMS; i++)
    length += (size_t)sprintf(json + length, "%s\"%s\"", i > 0 ? ", " : "", terms[i]);
  sprintf(json + length, "]]}]}");
  return json;
}

static int32_t show_progress(void *context, const char *event_json) {
  struct json_object *event = json_tokener_parse(event_json);
  (void)context;
  fprintf(stderr, "\r\033[K  step %.0f of %.0f, loss %.4f", number_at(event, "/step"),
          number_at(event, "/steps"), number_at(event, "/loss"));
  json_object_put(event);
  return 0;
}

/* The first of the terms that occurs in the sentence as a separate word; TERMS for none. */
static int term_in(const char *sentence) {
  int i;
  for (i = 0; i < TERMS; i++) {
    size_t length = strlen(terms[i]);
    const char *at = sentence;
    while ((at = strstr(at, terms[i])) != NULL) {
      int begins = at == sentence || !isalpha((unsigned char)at[-1]);
      if (begins && !isalpha((unsigned char)at[length]))
        return i;
      at += length;
    }
  }
  return TERMS;
}

/* The filter's results for the harmless sentences. */
typedef struct {
  double accuracy, rates[TERMS], least, most;
} judgement;

static int judge(const eqp_model *filter, const eqp_dataset *tweets, const eqp_dataset *sentences,
                 judgement *result, eqp_error **error) {
  int64_t row, rows = eqp_dataset_rows(sentences);
  const char **texts = malloc(sizeof *texts * (size_t)(rows + 1));
  float *scores = malloc(sizeof *scores * CLASSES * (size_t)(rows + 1));
  double counts[TERMS + 1] = {0}, flagged[TERMS + 1] = {0};
  struct json_object *report;
  size_t harmless = 0;
  char *json = NULL;
  int i, done = texts && scores &&
                eqp_audit(filter, tweets, NULL, audit, NULL, &json, error) == EQP_OK;
  for (row = 0; done && row < rows; row++) {
    const char *label = eqp_dataset_cell_text(sentences, "Label", row);
    if (label && strcmp(label, "NOT_BAD") == 0)
      texts[harmless++] = eqp_dataset_cell_text(sentences, "Text", row);
  }
  done = done &&
         eqp_predict_text(filter, texts, harmless, scores, harmless * CLASSES, error) == EQP_OK;
  if (done) {
    size_t place;
    for (place = 0; place < harmless; place++) {
      const float *score = scores + place * CLASSES;
      int term = term_in(texts[place]);
      counts[term]++;
      flagged[term] += score[0] > score[NEITHER] || score[1] > score[NEITHER];
    }
    report = json_tokener_parse(json);
    result->accuracy = number_at(report, "/overall/accuracy");
    json_object_put(report);
    result->least = 1, result->most = 0;
    for (i = 0; i < TERMS; i++) {
      result->rates[i] = flagged[i] / counts[i];
      if (result->rates[i] < result->least)
        result->least = result->rates[i];
      if (result->rates[i] > result->most)
        result->most = result->rates[i];
    }
  }
  eqp_free(json);
  free(scores);
  free(texts);
  return done;
}

static void print_judgements(const judgement *before, const judgement *after) {
  int i;
  printf("\n  %-34s %8s  %8s\n", "", "plain", "fairer");
  printf("  %-34s %8.3f  %8.3f\n", "accuracy on tweets set aside", before->accuracy,
         after->accuracy);
  printf("  %-34s %8.3f  %8.3f\n", "gap of false-positive rates", before->most - before->least,
         after->most - after->least);
  printf("\n  called abuse, of harmless sentences about people who are ...\n");
  for (i = 0; i < TERMS; i++)
    if (before->rates[i] > 0.1 || after->rates[i] == after->most || i % 8 == 4)
      printf("  %-34s %8.3f  %8.3f\n", terms[i], before->rates[i], after->rates[i]);
}

int main(int argc, char **argv) {
  eqp_dataset *tweets = NULL, *sentences = NULL, *parts[2] = {NULL, NULL};
  eqp_model *encoder = NULL, *filters[2] = {NULL, NULL};
  eqp_error *error = NULL;
  judgement judgements[2];
  eqp_hooks hooks = {0};
  char *fair = fairer();
  int i, done;
  if (argc != 4 && argc != 5) {
    fprintf(stderr, "usage: fair_texts MODEL labeled_data.csv bias_madlibs_77k.csv [OUTPUT]\n");
    free(fair);
    return 2;
  }
  hooks.struct_size = sizeof hooks;
  hooks.progress = show_progress;
  done = fair && eqp_model_load(argv[1], NULL, NULL, &encoder, &error) == EQP_OK &&
         eqp_dataset_open(argv[2], NULL, NULL, &tweets, &error) == EQP_OK &&
         eqp_dataset_open(argv[3], NULL, NULL, &sentences, &error) == EQP_OK &&
         eqp_dataset_split(tweets, "{\"fractions\": [0.8, 0.2], \"stratify\": [\"class\"]}", parts,
                           2, &error) == EQP_OK;
  for (i = 0; done && i < 2; i++) {
    done = eqp_finetune(encoder, parts[0], parts[1], i ? fair : plain, &hooks, &filters[i], NULL,
                        &error) == EQP_OK &&
           judge(filters[i], parts[1], sentences, &judgements[i], &error);
    fprintf(stderr, "\r\033[K");
  }
  if (done)
    print_judgements(&judgements[0], &judgements[1]);
  if (done && argc == 5)
    done = eqp_model_save(filters[1], argv[4], NULL, NULL, &error) == EQP_OK;
  if (!done)
    fprintf(stderr, "%s\n", error ? eqp_error_message(error) : "out of memory");
  eqp_error_free(error);
  for (i = 0; i < 2; i++) {
    eqp_model_free(filters[i]);
    eqp_dataset_free(parts[i]);
  }
  eqp_model_free(encoder);
  eqp_dataset_free(tweets);
  eqp_dataset_free(sentences);
  free(fair);
  return !done;
}
