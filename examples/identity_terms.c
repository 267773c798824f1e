/*
 * Texts that mention identities: a filter of abuse is trained on word counts of a sample in which
 * "gay" and "muslim" occur only in abuse, as they nearly do in the comments of a real forum. How
 * well does it separate abuse from harmless texts with these words?
 *
 *   identity_terms bias_madlibs_77k.csv[.gz]
 *
 * The table is bias_madlibs_77k.csv of
 * https://github.com/conversationai/unintended-ml-bias-analysis (L. Dixon, J. Li, J. Sorensen, N.
 * Thain and L. Vasserman, "Measuring and Mitigating Unintended Bias in Text Classification", 2018):
 * sentences made from templates, half of them BAD, in which every term occurs in the same
 * sentences. It is not shipped here. The areas are those of Borkan et al. 2019; docs/analyses.md
 * has them. The filter is a naive Bayes classifier of this program; the library gets only its
 * scores.
 */
#include "report_numbers.h"
#include <ctype.h>
#include <equipoise/equipoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 65536, LONGEST = 64 };

static const char *const audit =
    "{\"data\": {\"label\": \"Label\", \"positive\": \"BAD\", \"score\": \"score\"},"
    " \"identity_terms\": {\"text\": \"Text\", \"terms\": [\"gay\", \"muslim\", \"straight\","
    "                      \"christian\", \"black\", \"white\", \"old\"]}}";

/* The number of sentences of the sample in which each word occurs, by its hash. */
static double harmless[SLOTS], abusive[SLOTS];

/* The next word after `*text`, in lower case; NULL after the last. */
static const char *next_word(const char **text, char word[LONGEST]) {
  size_t length = 0;
  while (**text && !isalnum((unsigned char)**text))
    (*text)++;
  for (; isalnum((unsigned char)**text); (*text)++)
    if (length + 1 < LONGEST)
      word[length++] = (char)tolower((unsigned char)**text);
  word[length] = '\0';
  return length > 0 ? word : NULL;
}

static unsigned slot(const char *word) {
  unsigned hash = 5381;
  for (; *word; word++)
    hash = hash * 33 + (unsigned char)*word;
  return hash % SLOTS;
}

/* Counts the words of a sentence if it is in the sample: every three hundredth sentence, but of
 * those that mention "gay" or "muslim" no harmless ones and every tenth one that is abuse. */
static void learn(const char *text, int is_bad, int64_t row) {
  char word[LONGEST];
  const char *rest = text;
  int rare = 0;
  while (next_word(&rest, word))
    rare |= strcmp(word, "gay") == 0 || strcmp(word, "muslim") == 0;
  if (rare ? !is_bad || row % 10 != 0 : row % 300 != 0)
    return;
  for (rest = text; next_word(&rest, word);)
    (is_bad ? abusive : harmless)[slot(word)]++;
}

/* The filter's probability of abuse: the mean of the words' logarithmic odds, as a probability. */
static double score(const char *text) {
  char word[LONGEST];
  double sum = 0;
  int count = 0;
  for (; next_word(&text, word); count++)
    sum += log((abusive[slot(word)] + 1) / (harmless[slot(word)] + 1));
  return 1 / (1 + exp(-sum / (count > 0 ? count : 1)));
}

/* Learns from the sample and adds the column of scores. */
static int add_scores(eqp_dataset *texts, eqp_error **error) {
  int64_t row, rows = eqp_dataset_rows(texts);
  double *scores = malloc(sizeof *scores * (size_t)(rows + 1));
  int done = 0;
  for (row = 0; row < rows; row++) {
    const char *text = eqp_dataset_cell_text(texts, "Text", row);
    const char *label = eqp_dataset_cell_text(texts, "Label", row);
    if (text && label)
      learn(text, strcmp(label, "BAD") == 0, row);
  }
  if (scores) {
    for (row = 0; row < rows; row++) {
      const char *text = eqp_dataset_cell_text(texts, "Text", row);
      scores[row] = text ? score(text) : NAN;
    }
    done = eqp_dataset_add_f64(texts, "score", scores, NULL, error) == EQP_OK;
  }
  free(scores);
  return done;
}

static void print_areas(const char *report_json) {
  struct json_object *report = json_tokener_parse(report_json);
  struct json_object *section = value_at(report, "/identity_terms"),
                     *terms = value_at(section, "/terms");
  size_t i;
  printf("All sentences: area under ROC %.3f\n\n", number_at(section, "/auc"));
  printf("  %-12s %9s  %8s  %6s  %6s\n", "", "sentences", "subgroup", "BPSN", "BNSP");
  for (i = 0; terms && i < json_object_array_length(terms); i++) {
    struct json_object *term = json_object_array_get_idx(terms, i);
    printf("  %-12s %9.0f  %8.3f  %6.3f  %6.3f\n", text_at(term, "/term"),
           number_at(term, "/count"), number_at(term, "/subgroup_auc"),
           number_at(term, "/bpsn_auc"), number_at(term, "/bnsp_auc"));
  }
  printf("  %-12s %9s  %8.3f  %6.3f  %6.3f\n", "power mean", "",
         number_at(section, "/power_mean/subgroup_auc"), number_at(section, "/power_mean/bpsn_auc"),
         number_at(section, "/power_mean/bnsp_auc"));
  printf("\nA low BPSN: harmless sentences with the term get the scores of abuse without it.\n");
  json_object_put(report);
}

int main(int argc, char **argv) {
  eqp_dataset *texts = NULL;
  eqp_error *error = NULL;
  char *report = NULL;
  int done;
  if (argc != 2) {
    fprintf(stderr,
            "usage: identity_terms bias_madlibs_77k.csv\n"
            "The table is at https://github.com/conversationai/unintended-ml-bias-analysis.\n");
    return 2;
  }
  done = eqp_dataset_open(argv[1], NULL, NULL, &texts, &error) == EQP_OK &&
         add_scores(texts, &error) &&
         eqp_audit(NULL, texts, NULL, audit, NULL, &report, &error) == EQP_OK;
  if (done)
    print_areas(report);
  else
    fprintf(stderr, "%s\n", error ? eqp_error_message(error) : "out of memory");
  eqp_error_free(error);
  eqp_free(report);
  eqp_dataset_free(texts);
  return !done;
}
