/*
 * An audit in parts: two threads with separate auditors count batches of rows. One auditor is sent
 * as bytes, as from another machine. Merged, they give the same report as one pass over all rows.
 *
 *   stream_audit MODEL PEOPLE.csv
 *
 * Rates are equal to the last bit. An auditor stores scores as histograms, and the report says how
 * far the area under the ROC curve may be from the exact one.
 */
#include "report_numbers.h"
#include <equipoise/equipoise.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES = 10, THREADS = 2 };

static const char *const config =
    "{\"data\": {\"label\": \"approved\", \"positive\": \"yes\", \"score\": \"score\","
    "            \"sensitive\": [\"sex\", \"group\"]},"
    " \"by\": [\"sex\", \"group\", [\"sex\", \"group\"]],"
    " \"metrics\": [\"count\", \"selection_rate\", \"tpr\", \"fpr\", \"auc\"]}";

typedef struct {
  eqp_dataset **batches;
  int first;
  eqp_auditor *auditor;
  eqp_error *error;
} Share;

/* A thread's work: every second batch. */
static void *count_share(void *context) {
  Share *share = context;
  int i;
  if (eqp_auditor_new(config, &share->auditor, &share->error) == EQP_OK)
    for (i = share->first; i < BATCHES && !share->error; i += THREADS)
      eqp_auditor_update(share->auditor, share->batches[i], NULL, &share->error);
  return NULL;
}

/* Sends an auditor as bytes, and merges the received one into `sum`. */
static int send_and_merge(eqp_auditor *sum, const eqp_auditor *other, eqp_error **error) {
  eqp_auditor *arrived = NULL;
  void *bytes = NULL;
  size_t count = 0;
  int done = eqp_auditor_save(other, &bytes, &count, error) == EQP_OK &&
             eqp_auditor_restore(bytes, count, &arrived, error) == EQP_OK &&
             eqp_auditor_merge(sum, arrived, error) == EQP_OK;
  if (done)
    printf("  one auditor travelled as %zu bytes\n", count);
  eqp_auditor_free(arrived);
  eqp_free(bytes);
  return done;
}

/* Compares every metric of every group; rates must be equal, areas within the stated bound. */
static int compare(const char *merged_json, const char *whole_json) {
  struct json_object *merged = json_tokener_parse(merged_json),
                     *whole = json_tokener_parse(whole_json);
  struct json_object *attributes = value_at(whole, "/attributes");
  double bound = number_at(merged, "/sketch/auc_error_at_most"), furthest = 0;
  size_t i, k;
  int rates = 0, differing = 0;
  char pointer[128];
  for (i = 0; attributes && i < json_object_array_length(attributes); i++) {
    struct json_object *groups = value_at(json_object_array_get_idx(attributes, i), "/groups");
    for (k = 0; k < json_object_array_length(groups); k++) {
      snprintf(pointer, sizeof pointer, "/attributes/%zu/groups/%zu/metrics", i, k);
      json_object_object_foreach(value_at(whole, pointer), name, expected) {
        struct json_object *found = NULL;
        double difference;
        json_object_object_get_ex(value_at(merged, pointer), name, &found);
        difference = fabs(json_object_get_double(found) - json_object_get_double(expected));
        if (strcmp(name, "auc") == 0) {
          furthest = fmax(furthest, difference);
        } else {
          rates++;
          differing += difference != 0;
        }
      }
    }
  }
  printf("  merged %.0f rows, in one pass %.0f\n", number_at(merged, "/rows"),
         number_at(whole, "/rows"));
  printf("  %d of %d counts and rates are equal\n", rates - differing, rates);
  printf("  areas under ROC differ by at most %.6f; the report says at most %.6f\n", furthest,
         bound);
  json_object_put(merged);
  json_object_put(whole);
  return rates > 0 && differing == 0 && furthest <= bound;
}

int main(int argc, char **argv) {
  eqp_dataset *people = NULL, *scored = NULL, *batches[BATCHES] = {NULL};
  eqp_model *model = NULL;
  eqp_error *error = NULL;
  Share shares[THREADS];
  pthread_t threads[THREADS];
  char *merged = NULL, *whole = NULL, folds[64];
  int i, done;

  if (argc != 3) {
    fprintf(stderr, "usage: stream_audit MODEL PEOPLE.csv\n");
    return 2;
  }
  memset(shares, 0, sizeof shares);
  snprintf(folds, sizeof folds, "{\"folds\": %d}", BATCHES);
  done = eqp_model_load(argv[1], NULL, NULL, &model, &error) == EQP_OK &&
         eqp_dataset_open(argv[2], NULL, NULL, &people, &error) == EQP_OK &&
         eqp_predict(model, people, "{\"keep\": [\"approved\", \"sex\", \"group\"]}", NULL, &scored,
                     &error) == EQP_OK &&
         eqp_dataset_split(scored, folds, batches, BATCHES, &error) == EQP_OK;
  for (i = 0; done && i < THREADS; i++) {
    shares[i].batches = batches;
    shares[i].first = i;
    if (pthread_create(&threads[i], NULL, count_share, &shares[i]) != 0)
      abort();
  }
  for (i = 0; done && i < THREADS; i++)
    pthread_join(threads[i], NULL);
  done = done && !shares[0].error && !shares[1].error &&
         send_and_merge(shares[0].auditor, shares[1].auditor, &error) &&
         eqp_auditor_report(shares[0].auditor, NULL, &merged, &error) == EQP_OK &&
         eqp_audit(NULL, scored, NULL, config, NULL, &whole, &error) == EQP_OK &&
         compare(merged, whole);

  for (i = 0; i < THREADS; i++) {
    if (shares[i].error)
      fprintf(stderr, "%s\n", eqp_error_message(shares[i].error));
    eqp_error_free(shares[i].error);
    eqp_auditor_free(shares[i].auditor);
  }
  if (error)
    fprintf(stderr, "%s\n", eqp_error_message(error));
  eqp_error_free(error);
  eqp_free(merged);
  eqp_free(whole);
  for (i = 0; i < BATCHES; i++)
    eqp_dataset_free(batches[i]);
  eqp_dataset_free(scored);
  eqp_dataset_free(people);
  eqp_model_free(model);
  return !done;
}
