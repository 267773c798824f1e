/*
 * Text models: texts DATA SIZE LENGTHS KIND PRECISION THREADS prints JSON lines with tokens per
 * second, without padding. KIND is full, lora, head (three epochs), predict, or "one text" (which
 * also prints milliseconds), PRECISION f32 or bf16; model and texts are those of text_models.py.
 * For full and lora the second and third epochs are timed, as the peers are timed after their first
 * steps; for head everything is timed, including tokenizing and audits. The peak memory is that of
 * the process, which does nothing else.
 */
#include <equipoise/equipoise.h>

#include "timing.h"

#include <string.h>

enum { ROUNDS = 40, EPOCHS = 3 };

/* Only of this program: getrusage also counts the program that started it. */
static double peak_megabytes(void) {
  char line[256];
  double kilobytes = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    sscanf(line, "VmHWM: %lf", &kilobytes);
  if (status)
    fclose(status);
  return kilobytes / 1024;
}

static void print(const char *variant, const char *unit, double *figures, int count) {
  char memory[160];
  double megabytes = peak_megabytes();
  report("texts", variant, unit, figures, count, 1);
  snprintf(memory, sizeof memory, "%s, peak memory", variant);
  report("texts", memory, "MB", &megabytes, 1, 1);
}

/* The number of words and the two special tokens. */
static double tokens_of(const char *text) {
  double tokens = 3;
  for (; *text; text++)
    tokens += *text == ' ';
  return tokens;
}

static void one_text(const eqp_model *model, const eqp_dataset *rows, const char *size,
                     const char *precision) {
  static const char *texts[32];
  static float scores[64];
  double figures[ROUNDS];
  char variant[128];
  eqp_error *error = NULL;
  for (int row = 0; row < 32; row++)
    texts[row] = eqp_dataset_cell_text(rows, "text", row);
  for (int count = 1; count <= 32; count += 31) {
    int rounds = count == 1 ? ROUNDS : 6;
    for (int round = -3; round < rounds; round++) {
      double start = now();
      check(eqp_predict_text(model, texts, (size_t)count, scores, 64, &error), error);
      double seconds = now() - start;
      if (round >= 0)
        figures[round] = count == 1 ? seconds * 1e3 : 32 * 128 / seconds;
    }
    snprintf(variant, sizeof variant, "%s, %s, %s", size, count == 1 ? "one text" : "32 texts",
             precision);
    print(variant, count == 1 ? "ms" : "tokens/s", figures, rounds);
  }
}

/* The time at which each epoch ended. */
typedef struct {
  double seconds[EPOCHS];
  int count;
} epoch_ends;

static int32_t note_epoch(void *context, const char *event_json) {
  epoch_ends *ends = context;
  if (strstr(event_json, "\"phase\":\"epoch\"") && ends->count < EPOCHS)
    ends->seconds[ends->count++] = now();
  return 0;
}

static epoch_ends finetune(const eqp_model *model, const eqp_dataset *rows, const eqp_dataset *few,
                           const char *kind) {
  char config[768];
  epoch_ends ends = {{0}, 0};
  eqp_hooks hooks = {sizeof hooks, &ends, note_epoch, NULL, NULL};
  eqp_model *tuned = NULL;
  eqp_error *error = NULL;
  snprintf(config, sizeof config,
           "{\"data\": {\"text\": \"text\", \"label\": \"label\", \"sensitive\": [\"group\"]}, "
           "\"train\": {\"epochs\": %d, \"batch_size\": 16%s, \"optimizer\": {\"learning_rate\": "
           "2e-5}}, \"fairness\": [{\"objective\": \"demographic_parity\", \"weight\": 1}]}",
           EPOCHS,
           strcmp(kind, "lora") == 0   ? ", \"adapter\": {\"kind\": \"lora\"}"
           : strcmp(kind, "head") == 0 ? ", \"freeze\": [\"bert.*\"]"
                                       : "");
  check(eqp_finetune(model, rows, few, config, &hooks, &tuned, NULL, &error), error);
  eqp_model_free(tuned);
  return ends;
}

int main(int count, char **arguments) {
  if (count != 7)
    return 2;
  const char *data = arguments[1], *size = arguments[2], *lengths = arguments[3],
             *kind = arguments[4], *precision = arguments[5];
  char path[512], variant[128], config[128];
  eqp_dataset *rows = NULL, *few = NULL, *predictions = NULL;
  eqp_model *model = NULL;
  eqp_error *error = NULL;
  double tokens = 0, figures[3];
  int runs = 0;
  check(eqp_set_threads(atoi(arguments[6]), &error), error);
  snprintf(path, sizeof path, "%s/%s-%s.csv", data, size, lengths);
  check(eqp_dataset_open(path, NULL, NULL, &rows, &error), error);
  check(eqp_dataset_open(path, "{\"max_rows\": 16}", NULL, &few, &error), error);
  snprintf(path, sizeof path, "%s/%s", data, size);
  snprintf(config, sizeof config, "{\"format\": \"huggingface\", \"precision\": \"%s\"}",
           precision);
  check(eqp_model_load(path, config, NULL, &model, &error), error);
  for (int64_t row = 0; row < eqp_dataset_rows(rows); row++)
    tokens += tokens_of(eqp_dataset_cell_text(rows, "text", row));
  if (strcmp(kind, "one text") == 0) {
    one_text(model, rows, size, precision);
    return 0;
  }
  snprintf(variant, sizeof variant, "%s, %s, %s, %s", size, lengths, kind, precision);
  if (strcmp(kind, "predict") == 0) {
    for (; runs < 3; runs++) {
      double start = now();
      check(eqp_predict(model, rows, "{\"text\": \"text\"}", NULL, &predictions, &error), error);
      figures[runs] = tokens / (now() - start);
      eqp_dataset_free(predictions);
    }
  } else {
    double start = now();
    epoch_ends ends = finetune(model, rows, few, kind);
    if (ends.count < 2)
      return 1;
    if (strcmp(kind, "head") == 0)
      figures[runs++] = tokens * EPOCHS / (now() - start);
    else
      for (; runs + 1 < ends.count; runs++)
        figures[runs] = tokens / (ends.seconds[runs + 1] - ends.seconds[runs]);
  }
  print(variant, "tokens/s", figures, runs);
  eqp_model_free(model);
  eqp_dataset_free(few);
  eqp_dataset_free(rows);
  return 0;
}
