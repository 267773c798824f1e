/*
 * Models as bytes: archives of tar can be loaded, saved archives can be unpacked by tar, the
 * bytes of a single file equal the file's, and damaged bytes are errors. Also the provenance of
 * models: its digests equal those of b2sum.
 */
#include "applicants.h"

static float scores[APPLICANTS], other_scores[APPLICANTS];

static char *read_file(const char *path, size_t *count) {
  FILE *file = fopen(path, "rb");
  char *bytes = malloc(1 << 22);
  *count = 0;
  CHECK(file != NULL && bytes != NULL);
  if (file && bytes)
    *count = fread(bytes, 1, 1 << 22, file);
  if (file)
    fclose(file);
  return bytes;
}

static void write_file(const char *path, const void *bytes, size_t count) {
  FILE *file = fopen(path, "wb");
  CHECK(file && fwrite(bytes, 1, count, file) == count);
  if (file)
    fclose(file);
}

/* Loads the bytes; the model must give the scores in `scores`. */
static void gives_the_scores(const void *bytes, size_t count, const char *options) {
  eqp_model *again = NULL;
  SUCCEEDS(eqp_model_load_memory(bytes, count, options, NULL, &again, &error));
  SUCCEEDS(eqp_predict_f32(again, applicant_features, APPLICANTS, FEATURES, other_scores,
                           APPLICANTS, &error));
  CHECK(memcmp(scores, other_scores, sizeof scores) == 0);
  eqp_model_free(again);
}

/* Whether a description contains the digest of a file as computed by b2sum. */
static int has_digest_of(const char *description, const char *path) {
  char command[300], digest[100] = "";
  FILE *file;
  sprintf(command, "b2sum -l 256 %s | cut -d ' ' -f 1 > digest.txt", path);
  if (system(command) != 0)
    return 0;
  file = fopen("digest.txt", "r");
  if (!file || fscanf(file, "%80s", digest) != 1)
    digest[0] = '\0';
  if (file)
    fclose(file);
  return strlen(digest) == 64 && description && strstr(description, digest);
}

static void tables(const eqp_model *model) {
  eqp_model *again = NULL;
  void *bytes = NULL;
  char *file, *copy;
  size_t count = 0, size, index;

  SUCCEEDS(
      eqp_predict_f32(model, applicant_features, APPLICANTS, FEATURES, scores, APPLICANTS, &error));
  /* An archive of the directory. */
  SUCCEEDS(eqp_model_save_memory(model, NULL, NULL, &bytes, &count, &error));
  CHECK(count % 512 == 0);
  gives_the_scores(bytes, count, NULL);
  gives_the_scores(bytes, count, "{\"format\": \"equipoise\"}");
  write_file("model.tar", bytes, count);
  CHECK(system("mkdir unpacked && tar -xf model.tar -C unpacked && tar -cf packed.tar unpacked && "
               "tar --format=pax -cf pax.tar unpacked && tar -C unpacked -cf plain.tar .") == 0);
  SUCCEEDS(eqp_model_load("unpacked", NULL, NULL, &again, &error));
  SUCCEEDS(eqp_predict_f32(again, applicant_features, APPLICANTS, FEATURES, other_scores,
                           APPLICANTS, &error));
  CHECK(memcmp(scores, other_scores, sizeof scores) == 0);
  eqp_model_free(again);
  for (index = 0; index < 3; index++) {
    static const char *const names[] = {"packed.tar", "pax.tar", "plain.tar"};
    file = read_file(names[index], &size);
    gives_the_scores(file, size, NULL);
    free(file);
  }
  /* Damaged archives are errors, for any kind of damage. */
  copy = malloc(count);
  CHECK(copy != NULL);
  for (index = 0; copy && index < count; index += 61) {
    eqp_status status;
    memcpy(copy, bytes, count);
    copy[index] ^= 0x15;
    again = NULL;
    status = eqp_model_load_memory(copy, count, NULL, NULL, &again, NULL);
    CHECK((status == EQP_OK) == (again != NULL));
    CHECK(status != EQP_INTERNAL);
    eqp_model_free(again);
    status = eqp_model_load_memory(bytes, index, NULL, NULL, &again, NULL);
    CHECK((status == EQP_OK) == (again != NULL));
    eqp_model_free(again);
  }
  memcpy(copy, bytes, count);
  copy[124] = '7';
  FAILS(eqp_model_load_memory(copy, count, NULL, NULL, &again, &error), EQP_INVALID_MODEL,
        "memory:0");
  free(copy);
  eqp_free(bytes);

  /* The bytes equal the file's. */
  SUCCEEDS(eqp_model_save(model, "model.onnx", NULL, NULL, &error));
  SUCCEEDS(eqp_model_save_memory(model, "{\"format\": \"onnx\"}", NULL, &bytes, &count, &error));
  file = read_file("model.onnx", &size);
  CHECK(size == count && memcmp(file, bytes, count) == 0);
  gives_the_scores(bytes, count, "{\"format\": \"onnx\"}");
  gives_the_scores(bytes, count, NULL);
  free(file);
  eqp_free(bytes);
  FAILS(eqp_model_save_memory(model, "{\"format\": \"lightgbm\"}", NULL, &bytes, &count, &error),
        EQP_UNSUPPORTED, NULL);
  CHECK(bytes == NULL && count == 0);
  FAILS(eqp_model_load_memory("nothing of the kind", 19, NULL, NULL, &again, &error),
        EQP_UNSUPPORTED, NULL);
  FAILS(eqp_model_load_memory("", 0, NULL, NULL, &again, &error), EQP_UNSUPPORTED, NULL);
}

static void ancestry(const eqp_model *model, const eqp_dataset *applicants) {
  eqp_model *loaded = NULL, *tuned = NULL, *again = NULL;
  char *described, *report = NULL, *digest = NULL, *base = NULL, *kept = NULL;

  /* A loaded model has the digests of its files. */
  SUCCEEDS(eqp_model_load("model.onnx", NULL, NULL, &loaded, &error));
  described = eqp_model_describe(loaded);
  CHECK(has_digest_of(described, "model.onnx"));
  SUCCEEDS(eqp_report_value(described, "/provenance/files/0/name", &digest, &error));
  CHECK(digest && strcmp(digest, "model.onnx") == 0);
  eqp_free(digest);
  SUCCEEDS(eqp_report_value(described, "/provenance/weights_digest", &digest, &error));
  eqp_free(described);
  /* A tuned model has the digests of data and configuration, and its base. */
  SUCCEEDS(
      eqp_finetune(loaded, applicants, applicants, unfair_config, NULL, &tuned, &report, &error));
  described = eqp_model_describe(tuned);
  CHECK(has_digest_of(described, "model.onnx"));
  SUCCEEDS(eqp_report_value(described, "/provenance/base/weights_digest", &base, &error));
  CHECK(digest && base && strcmp(digest, base) == 0);
  eqp_free(base);
  SUCCEEDS(eqp_report_value(described, "/provenance/weights_digest", &base, &error));
  CHECK(digest && base && strcmp(digest, base) != 0);
  SUCCEEDS(eqp_report_value(described, "/provenance/data_digest", &kept, &error));
  eqp_free(kept);
  SUCCEEDS(eqp_report_value(described, "/provenance/validation_digest", &kept, &error));
  eqp_free(kept);
  SUCCEEDS(eqp_report_value(described, "/provenance/config_digest", &kept, &error));
  eqp_free(kept);
  eqp_free(described);
  /* After saving and loading, it has the same weights, and its own files. */
  SUCCEEDS(eqp_model_save(tuned, "tuned", NULL, NULL, &error));
  SUCCEEDS(eqp_model_load("tuned", NULL, NULL, &again, &error));
  described = eqp_model_describe(again);
  SUCCEEDS(eqp_report_value(described, "/provenance/weights_digest", &kept, &error));
  CHECK(base && kept && strcmp(base, kept) == 0);
  CHECK(has_digest_of(described, "tuned/equipoise.json") &&
        has_digest_of(described, "tuned/model-*.safetensors"));
  CHECK(has_digest_of(described, "model.onnx"));
  eqp_free(kept);
  eqp_free(described);
  eqp_free(base);
  eqp_free(digest);
  eqp_free(report);
  eqp_model_free(again);
  eqp_model_free(tuned);
  eqp_model_free(loaded);
  /* A model without a file. */
  described = eqp_model_describe(model);
  CHECK(described && !strstr(described, "\"files\""));
  eqp_free(described);
}

static void texts(void) {
  static const char *const words[] = {"w5 w9 w33", "w47"};
  const char *directory = getenv("EQUIPOISE_TEST_BERT");
  char command[1000], *file, *described;
  float own[16], others[16];
  eqp_model *model = NULL, *again = NULL;
  void *bytes = NULL;
  size_t size, count = 0;
  if (!directory || strlen(directory) > 800)
    return;
  SUCCEEDS(eqp_model_load(directory, NULL, NULL, &model, &error));
  SUCCEEDS(eqp_predict_text(model, words, 2, own, 16, &error));
  sprintf(command, "tar -C %s -cf bert.tar .", directory);
  CHECK(system(command) == 0);
  file = read_file("bert.tar", &size);
  SUCCEEDS(eqp_model_load_memory(file, size, NULL, NULL, &again, &error));
  memset(file, 0, size); /* copied */
  SUCCEEDS(eqp_predict_text(again, words, 2, others, 16, &error));
  CHECK(memcmp(own, others, 2 * 3 * sizeof(float)) == 0);
  described = eqp_model_describe(again);
  sprintf(command, "%s/model.safetensors", directory);
  CHECK(has_digest_of(described, command));
  CHECK(described && strstr(described, "\"adapters\":[]"));
  eqp_free(described);
  eqp_model_free(again);
  free(file);
  SUCCEEDS(eqp_model_save_memory(model, NULL, NULL, &bytes, &count, &error));
  SUCCEEDS(eqp_model_load_memory(bytes, count, NULL, NULL, &again, &error));
  SUCCEEDS(eqp_predict_text(again, words, 2, others, 16, &error));
  CHECK(memcmp(own, others, 2 * 3 * sizeof(float)) == 0);
  eqp_free(bytes);
  eqp_model_free(again);
  eqp_model_free(model);
}

int main(void) {
  eqp_dataset *applicants = make_applicants();
  eqp_model *model = make_trained(applicants);
  (void)fair_config;
  tables(model);
  ancestry(model, applicants);
  texts();
  eqp_model_free(model);
  eqp_dataset_free(applicants);
  return finished();
}
