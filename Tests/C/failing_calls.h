/* The calls that are tested with exhausted memory, by name, and a digest of the result of each. */
#ifndef FAILING_CALLS_H
#define FAILING_CALLS_H

#include "applicants.h"
#include "failing_memory.h"

#include <sys/resource.h>

static eqp_dataset *rows, *texts;
static eqp_model *model, *bert;
static const char *resources;

static const char *const sentences[] = {"w5 w9 w33", "w47",     "w8 w21", "w10 w31",
                                        "w44 w45",   "w11 w30", "w6",     "w20 w32 w5"};
static const char *const auditor_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"],"
    " \"prediction\": \"approved\"}}";
static const char *const adjust_config =
    "{\"adjust\": [{\"method\": \"calibration\", \"attribute\": \"group\"},"
    " {\"method\": \"score_repair\", \"strength\": 0.5},"
    " {\"method\": \"thresholds\", \"constraint\": \"equalized_odds\", \"randomized\": true}]}";
static const char *const search_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"]},"
    " \"train\": {\"epochs\": 1, \"batch_size\": 64}, \"search\": {\"folds\": 1,"
    " \"space\": {\"/fairness/0/tolerance\": [0.2, 0.1]}},"
    " \"fairness\": [{\"objective\": \"demographic_parity\", \"tolerance\": 0.1}]}";
static const char *const transform_config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"sensitive\": [\"group\"]},"
    " \"steps\": [{\"name\": \"imputation\"}, {\"name\": \"disparate_impact_remover\"},"
    " {\"name\": \"reweighing\"}, {\"name\": \"random_oversampling\"}]}";

typedef struct {
  eqp_status status;
  unsigned long digest; /* of the result, if it succeeded */
  int left;             /* a failure that left something in a place of the caller */
} outcome;

static unsigned long digest_of(unsigned long digest, const void *bytes, size_t count) {
  const unsigned char *byte = bytes;
  while (count--)
    digest = (digest ^ *byte++) * 1099511628211ul;
  return digest;
}

static unsigned long digest_of_text(const char *text) {
  return text ? digest_of(14695981039346656037ul, text, strlen(text)) : 0;
}

static unsigned long digest_of_file(const char *path) {
  static unsigned char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  size_t count = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  if (file)
    fclose(file);
  return digest_of(14695981039346656037ul, bytes, count);
}

static unsigned long digest_of_dataset(const eqp_dataset *dataset) {
  char *text = eqp_dataset_describe(dataset);
  unsigned long digest = digest_of_text(text);
  eqp_free(text);
  return digest;
}

/* A model's description, and its scores for numbers or texts. */
static unsigned long digest_of_model(const eqp_model *of) {
  static float features[20 * 64], scores[4096];
  static const char *const words[] = {"the quick brown fox", "caf\xc3\xa9 and tea"};
  char *text = eqp_model_describe(of);
  const char *found = text ? strstr(text, "\"features\":") : NULL;
  unsigned long digest = digest_of_text(text);
  size_t columns = found ? strtoul(found + 11, NULL, 10) : 0, index;
  eqp_free(text);
  memset(scores, 0, sizeof scores);
  for (index = 0; index < 20 * 64; index++)
    features[index] = (float)(index * 7919 % 13) / 4 - 1.5f;
  if (columns <= 64 && eqp_predict_f32(of, features, 20, columns, scores, 4096, NULL) == EQP_OK)
    digest = digest_of(digest, scores, sizeof scores);
  if (eqp_predict_text(of, words, 2, scores, 4096, NULL) == EQP_OK)
    digest = digest_of(digest, scores, sizeof scores);
  return digest;
}

/* The call has returned: allocations no longer fail. */
static void stop_failing(void) {
  struct rlimit limit;
  counting = 0;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_AS, &limit);
  }
}

/* Runs one call with the configured failure, computes the digest without failures, and releases
 * the result. */
static outcome run(const char *call) {
  static float scores[APPLICANTS];
  char path[1024];
  eqp_error *error = NULL;
  eqp_model *made_model = NULL;
  eqp_dataset *made_rows = NULL, *parts[2] = {NULL, NULL};
  eqp_auditor *auditor = NULL, *other = NULL;
  eqp_transform *transform = NULL, *loaded = NULL;
  char *text = NULL;
  void *bytes = NULL;
  size_t count = 0;
  outcome result = {0, 0, 0};

  requests = 0;
  counting = 1;
  if (strncmp(call, "load ", 5) == 0) {
    const char *name = call + 5;
    snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? resources : "", name);
    result.status = eqp_model_load(path, NULL, NULL, &made_model, &error);
  } else if (strncmp(call, "open ", 5) == 0) {
    const char *name = call + 5;
    snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? resources : "", name);
    result.status = eqp_dataset_open(path, NULL, NULL, &made_rows, &error);
  } else if (strcmp(call, "images") == 0) {
    snprintf(path, sizeof path, "%s/../../DatasetsTests/Resources/images", resources);
    result.status =
        eqp_dataset_open(path, "{\"image\": {\"size\": [10, 9]}}", NULL, &made_rows, &error);
  } else if (strcmp(call, "convolutions") == 0) {
    static float pixels[2 * 3 * 32 * 32];
    eqp_model *network = NULL;
    for (count = 0; count < sizeof pixels / sizeof *pixels; count++)
      pixels[count] = (float)(count * 7919 % 251) / 251;
    snprintf(path, sizeof path, "%s/../../EquipoiseTests/Resources/resnet-basic", resources);
    result.status = eqp_model_load(path, "{\"image\": [32, 32]}", NULL, &network, &error);
    if (result.status == EQP_OK)
      result.status = eqp_predict_f32(network, pixels, 2, 3 * 32 * 32, scores, APPLICANTS, &error);
    stop_failing();
    if (result.status == EQP_OK)
      result.digest = digest_of(1, scores, 2 * sizeof *scores);
    eqp_model_free(network);
    count = 0;
  } else if (strcmp(call, "in memory") == 0) {
    result.status = eqp_model_save_memory(model, NULL, NULL, &bytes, &count, &error);
    if (result.status == EQP_OK)
      result.status = eqp_model_load_memory(bytes, count, NULL, NULL, &made_model, &error);
  } else if (strcmp(call, "new") == 0) {
    result.status =
        eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [8], \"seed\": 1}", &made_model, &error);
  } else if (strcmp(call, "add columns") == 0) {
    static const char *const names[] = {"a", "b", NULL, "\xc3\xa9"};
    result.status = eqp_dataset_new(4, &made_rows, &error);
    if (result.status == EQP_OK)
      result.status = eqp_dataset_add_f32(made_rows, "x", applicant_features, NULL, &error);
    if (result.status == EQP_OK)
      result.status = eqp_dataset_add_text(made_rows, "t", names, &error);
    stop_failing();
    if (result.status != EQP_OK) {
      eqp_dataset_free(made_rows);
      made_rows = NULL;
    }
  } else if (strcmp(call, "predict") == 0) {
    result.status = eqp_predict(model, rows, NULL, NULL, &made_rows, &error);
  } else if (strcmp(call, "predict_f32") == 0) {
    result.status = eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, scores,
                                    APPLICANTS, &error);
  } else if (strcmp(call, "predict_text") == 0) {
    result.status = eqp_predict_text(bert, sentences, 8, scores, APPLICANTS, &error);
  } else if (strcmp(call, "finetune") == 0) {
    result.status = eqp_finetune(model, rows, NULL, fair_config, NULL, &made_model, &text, &error);
  } else if (strcmp(call, "finetune texts") == 0) {
    result.status = eqp_finetune(bert, texts, NULL,
                                 "{\"data\": {\"label\": \"y\", \"text\": \"text\"},"
                                 " \"train\": {\"epochs\": 1, \"batch_size\": 8}}",
                                 NULL, &made_model, NULL, &error);
  } else if (strcmp(call, "audit") == 0) {
    result.status = eqp_audit(model, rows, NULL, "{}", NULL, &text, &error);
  } else if (strcmp(call, "audit with intervals") == 0) {
    result.status = eqp_audit(model, rows, NULL,
                              "{\"intervals\": {\"method\": \"percentile\", \"replicates\": 50}}",
                              NULL, &text, &error);
  } else if (strcmp(call, "adjust") == 0) {
    eqp_model *adjusted = NULL;
    result.status = eqp_model_adjust(model, rows, adjust_config, NULL, &adjusted, &text, &error);
    if (result.status == EQP_OK)
      result.status = eqp_predict(adjusted, rows, NULL, NULL, &made_rows, &error);
    stop_failing();
    eqp_model_free(adjusted);
    if (result.status != EQP_OK) { /* the first call may have succeeded */
      eqp_free(text);
      text = NULL;
    }
  } else if (strcmp(call, "transform") == 0) {
    result.status = eqp_transform_fit(rows, transform_config, NULL, &transform, NULL, NULL, &error);
    if (result.status == EQP_OK)
      result.status = eqp_transform_save(transform, &bytes, &count, &error);
    if (result.status == EQP_OK)
      result.status = eqp_transform_load(bytes, count, &loaded, &error);
    if (result.status == EQP_OK)
      result.status = eqp_transform_apply(loaded, rows, NULL, &made_rows, &error);
  } else if (strcmp(call, "search") == 0) {
    eqp_front *front = NULL;
    result.status = eqp_search(model, rows, NULL, search_config, NULL, &front, &error);
    if (result.status == EQP_OK)
      result.status = eqp_front_model(front, 0, &made_model, NULL, &error);
    stop_failing();
    eqp_front_free(front);
  } else if (strcmp(call, "auditor") == 0) {
    result.status = eqp_auditor_new(auditor_config, &auditor, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_update(auditor, rows, NULL, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_save(auditor, &bytes, &count, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_restore(bytes, count, &other, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_merge(auditor, other, &error);
    if (result.status == EQP_OK)
      result.status = eqp_auditor_report(auditor, NULL, &text, &error);
  } else if (strncmp(call, "save ", 5) == 0) {
    const eqp_model *saved = strcmp(call, "save bert") == 0 ? bert : model;
    result.status = eqp_model_save(saved, call + 5, NULL, NULL, &error);
    stop_failing();
    snprintf(path, sizeof path, "%s%s", call + 5, strchr(call, '.') ? "" : "/model.safetensors");
    result.digest = digest_of_file(path);
  } else if (strncmp(call, "write ", 6) == 0) {
    result.status = eqp_dataset_write(rows, call + 6, NULL, NULL, &error);
    stop_failing();
    result.digest = digest_of_file(call + 6);
  } else if (strcmp(call, "split") == 0) {
    result.status = eqp_dataset_split(
        rows, "{\"fractions\": [0.5, 0.5], \"stratify\": [\"group\"]}", parts, 2, &error);
  } else if (strcmp(call, "render") == 0) {
    char *report = NULL;
    stop_failing();
    eqp_audit(model, rows, NULL, "{}", NULL, &report, NULL);
    counting = 1;
    result.status = eqp_report_render(report, "html", "page.html", &error);
    stop_failing();
    eqp_free(report);
    result.digest = digest_of_file("page.html");
  } else if (strcmp(call, "schema") == 0) {
    text = eqp_config_schema("finetune");
    result.status = text ? EQP_OK : EQP_OUT_OF_MEMORY;
  }
  stop_failing();

  if (made_model)
    result.digest = digest_of_model(made_model);
  if (made_rows)
    result.digest = digest_of_dataset(made_rows);
  if (parts[1])
    result.digest = digest_of_dataset(parts[0]) + 3 * digest_of_dataset(parts[1]);
  if (text && !made_model) /* a report of tuning has times */
    result.digest = digest_of_text(text);
  if (result.status == EQP_OK && strncmp(call, "predict_", 8) == 0)
    result.digest = digest_of(1, scores, sizeof scores);
  if (result.status != EQP_OK && (made_model || made_rows || text || parts[0] || parts[1]))
    result.left = 1;
  eqp_error_free(error);
  eqp_model_free(made_model);
  eqp_dataset_free(made_rows);
  eqp_dataset_free(parts[0]);
  eqp_dataset_free(parts[1]);
  eqp_auditor_free(auditor);
  eqp_auditor_free(other);
  eqp_transform_free(transform);
  eqp_transform_free(loaded);
  eqp_free(text);
  eqp_free(bytes);
  return result;
}

#endif
