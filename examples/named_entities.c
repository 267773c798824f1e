/*
 * Names in texts: a sentence encoder gets a head for tags, is tuned on sentences of Wikipedia with
 * known people, places and organizations, and tags other sentences. Does it find women's names as
 * often as men's?
 *
 *   named_entities ENCODER TRAIN TEST TUNED [THREADS [SENTENCES]]
 *
 * ENCODER is a Hugging Face directory, such as the MiniLM that Tests/fetch-minilm.sh fetches; TRAIN
 * and TEST are train.gz and test.gz of WikiANN's English part, with a word and its tag per line, at
 * https://github.com/davidsbatista/NER-datasets (X. Pan, B. Zhang, J. May, J. Nothman, K. Knight
 * and H. Ji, "Cross-lingual Name Tagging and Linking for 282 Languages", ACL 2017). They are not
 * shipped here. SENTENCES limits the number of training sentences. The tuned tagger is written to
 * TUNED, which transformers opens; benchmarks/named_entities.py does the same in transformers and
 * PyTorch.
 */
#include "report_numbers.h"
#include <equipoise/equipoise.h>
#include <stdio.h>
#include <stdlib.h>

/* A few frequent first names determine whom a sentence mentions. */
static const char *const config =
    "{\"task\": \"tokens\","
    " \"data\": {\"text\": \"text\", \"label\": \"tags\", \"sensitive\": ["
    "   {\"name\": \"first names\", \"lexicon\": {"
    "     \"women's\": [\"Mary\", \"Patricia\", \"Linda\", \"Barbara\", \"Elizabeth\","
    "       \"Jennifer\", \"Maria\", \"Susan\", \"Margaret\", \"Dorothy\", \"Lisa\","
    "       \"Nancy\", \"Karen\", \"Betty\", \"Helen\", \"Sandra\", \"Anna\", \"Julia\","
    "       \"Sarah\", \"Laura\"],"
    "     \"men's\": [\"James\", \"John\", \"Robert\", \"Michael\", \"William\", \"David\","
    "       \"Richard\", \"Charles\", \"Joseph\", \"Thomas\", \"Christopher\", \"Daniel\","
    "       \"Paul\", \"Mark\", \"Donald\", \"George\", \"Kenneth\", \"Peter\","
    "       \"Martin\", \"Andrew\"]}}]},"
    " \"train\": {\"epochs\": 3, \"batch_size\": 32, \"seed\": 1,"
    "   \"optimizer\": {\"learning_rate\": 1e-4, \"weight_decay\": 0.01},"
    "   \"schedule\": {\"name\": \"linear\"}}}";

static int32_t show_progress(void *context, const char *event_json) {
  struct json_object *event = json_tokener_parse(event_json);
  (void)context;
  fprintf(stderr, "\repoch %.0f, step %.0f of %.0f, loss %.3f ", number_at(event, "/epoch"),
          number_at(event, "/step"), number_at(event, "/steps"), number_at(event, "/loss"));
  json_object_put(event);
  return 0;
}

static void print_entities(struct json_object *tokens) {
  struct json_object *types = value_at(tokens, "/types"),
                     *groups = value_at(tokens, "/attributes/0/groups");
  size_t i;
  printf("\n  %-14s %8s  %9s  %6s  %5s\n", "entities", "number", "precision", "recall", "F1");
  printf("  %-14s %8.0f  %9.3f  %6.3f  %5.3f\n", "all", number_at(tokens, "/overall/gold"),
         number_at(tokens, "/overall/precision"), number_at(tokens, "/overall/recall"),
         number_at(tokens, "/overall/f1"));
  for (i = 0; types && i < json_object_array_length(types); i++) {
    struct json_object *type = json_object_array_get_idx(types, i);
    printf("  %-14s %8.0f  %9.3f  %6.3f  %5.3f\n", text_at(type, "/type"), number_at(type, "/gold"),
           number_at(type, "/precision"), number_at(type, "/recall"), number_at(type, "/f1"));
  }
  printf("\nIn sentences with first names:\n");
  for (i = 0; groups && i < json_object_array_length(groups); i++) {
    struct json_object *group = json_object_array_get_idx(groups, i);
    printf("  %-14s %8.0f  %9.3f  %6.3f  %5.3f\n", text_at(group, "/group"),
           number_at(group, "/gold"), number_at(group, "/precision"), number_at(group, "/recall"),
           number_at(group, "/f1"));
  }
}

/* Tags a text that is not a row of a table: punctuation is not separated from its words. */
static int print_example(const eqp_model *tagger, eqp_error **error) {
  const char *text = "Angela Merkel met Barack Obama in Berlin, where Siemens has its seat.";
  eqp_dataset *texts = NULL, *found = NULL;
  int done =
      eqp_dataset_new(1, &texts, error) == EQP_OK &&
      eqp_dataset_add_text(texts, "text", &text, error) == EQP_OK &&
      eqp_predict(tagger, texts, "{\"words\": \"tokenizer\"}", NULL, &found, error) == EQP_OK;
  if (done)
    printf("\n%s\n%s\n", text, eqp_dataset_cell_text(found, "entities", 0));
  eqp_dataset_free(found);
  eqp_dataset_free(texts);
  return done;
}

int main(int argc, char **argv) {
  eqp_model *encoder = NULL, *tagger = NULL;
  eqp_dataset *train = NULL, *test = NULL;
  eqp_hooks hooks = {sizeof hooks, NULL, show_progress, NULL, NULL};
  eqp_error *error = NULL;
  char *report_json = NULL;
  char format[64];
  int done;
  if (argc < 5) {
    fprintf(stderr, "usage: named_entities ENCODER TRAIN TEST TUNED [THREADS [SENTENCES]]\n");
    return 2;
  }
  snprintf(format, sizeof format, "{\"format\": \"conll\", \"max_rows\": %d}",
           argc > 6 ? atoi(argv[6]) : 1000000);
  done =
      (argc < 6 || eqp_set_threads(atoi(argv[5]), &error) == EQP_OK) &&
      eqp_model_load(argv[1], NULL, NULL, &encoder, &error) == EQP_OK &&
      eqp_dataset_open(argv[2], format, NULL, &train, &error) == EQP_OK &&
      eqp_dataset_open(argv[3], "{\"format\": \"conll\"}", NULL, &test, &error) == EQP_OK &&
      eqp_finetune(encoder, train, test, config, &hooks, &tagger, &report_json, &error) == EQP_OK &&
      eqp_model_save(tagger, argv[4], NULL, NULL, &error) == EQP_OK;
  if (done) {
    struct json_object *report = json_tokener_parse(report_json);
    fprintf(stderr, "\n");
    printf("%.0f sentences to learn from, %.0f to be judged by; %.1f%% of the words are right\n",
           number_at(report, "/rows/train"), number_at(report, "/rows/validation"),
           100 * number_at(report, "/after/overall/accuracy"));
    print_entities(value_at(report, "/after/tokens"));
    json_object_put(report);
    done = print_example(tagger, &error);
  }
  if (!done)
    fprintf(stderr, "%s\n", error ? eqp_error_message(error) : "out of memory");
  eqp_error_free(error);
  eqp_free(report_json);
  eqp_dataset_free(test);
  eqp_dataset_free(train);
  eqp_model_free(tagger);
  eqp_model_free(encoder);
  return !done;
}
