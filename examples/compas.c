/*
 * ProPublica's audit of COMPAS: a risk score that courts in Broward County, Florida, used in 2013
 * and 2014, audited without any model.
 *
 *   compas compas-scores-two-years.csv[.gz]
 *
 * The table is compas-scores-two-years.csv of https://github.com/propublica/compas-analysis; it is
 * not shipped here. A defendant counts as "higher risk" when the score is medium or high (a decile
 * of 5 or more), and that is compared with whether the person was arrested again within two years.
 *
 * J. Larson, S. Mattu, L. Kirchner and J. Angwin, "How We Analyzed the COMPAS Recidivism
 * Algorithm", ProPublica, 23 May 2016: among those who were not arrested again 44.9% of the African
 * American and 23.5% of the white defendants had been labelled higher risk; among those who were,
 * 28.0% and 47.7% had been labelled lower risk. These figures are of all 7,214 rows (the first is
 * 44.85%). For its other analyses the article leaves out rows whose score may not belong to the
 * case; 6,172 are left.
 */
#include "report_numbers.h"
#include <equipoise/equipoise.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const config =
    "{\"data\": {\"label\": \"arrested again\", \"prediction\": \"higher risk\","
    "            \"sensitive\": [\"race\"]},"
    " \"metrics\": [\"count\", \"base_rate\", \"selection_rate\", \"fpr\", \"fnr\", \"precision\"],"
    " \"reference\": {\"race\": \"Caucasian\"}}";

/* The columns that are read, a value a row. */
typedef struct {
  int64_t rows;
  float *decile, *arrested, *days, *is_recid;
} Columns;

/* ProPublica's filter: charged within 30 days of the screening, a case that was found, no ordinary
 * traffic offence, a score that is there. */
static int is_kept(const eqp_dataset *table, const Columns *columns, int64_t row) {
  const char *charge = eqp_dataset_cell_text(table, "c_charge_degree", row);
  const char *score = eqp_dataset_cell_text(table, "score_text", row);
  float days = columns->days[row]; /* NaN when missing, which no comparison holds for */
  return days >= -30 && days <= 30 && columns->is_recid[row] != -1 && charge &&
         strcmp(charge, "O") != 0 && score && strcmp(score, "N/A") != 0;
}

/* A dataset of race, outcome and decision, of all rows or of those that the filter keeps. */
static eqp_dataset *decisions(const eqp_dataset *table, const Columns *columns, int filtered,
                              eqp_error **error) {
  const char **race = malloc(sizeof *race * (size_t)(columns->rows + 1));
  int64_t *again = malloc(sizeof *again * (size_t)(columns->rows + 1));
  int64_t *risk = malloc(sizeof *risk * (size_t)(columns->rows + 1));
  eqp_dataset *chosen = NULL;
  int64_t row, count = 0;
  if (race && again && risk) {
    for (row = 0; row < columns->rows; row++) {
      if (filtered && !is_kept(table, columns, row))
        continue;
      race[count] = eqp_dataset_cell_text(table, "race", row);
      again[count] = columns->arrested[row] == 1;
      risk[count++] = columns->decile[row] >= 5;
    }
    if (eqp_dataset_new(count, &chosen, error) != EQP_OK ||
        eqp_dataset_add_text(chosen, "race", race, error) != EQP_OK ||
        eqp_dataset_add_i64(chosen, "arrested again", again, NULL, error) != EQP_OK ||
        eqp_dataset_add_i64(chosen, "higher risk", risk, NULL, error) != EQP_OK) {
      eqp_dataset_free(chosen);
      chosen = NULL;
    }
  }
  free(race);
  free(again);
  free(risk);
  return chosen;
}

static void print_table(struct json_object *report) {
  struct json_object *groups = value_at(report, "/attributes/0/groups");
  size_t i, count = groups ? json_object_array_length(groups) : 0;
  printf("  %-18s %6s  %9s  %8s  %12s  %12s\n", "", "people", "arrested", "labelled", "false",
         "false");
  printf("  %-18s %6s  %9s  %8s  %12s  %12s\n", "", "", "again", "higher", "positive", "negative");
  for (i = 0; i < count; i++) {
    struct json_object *group = json_object_array_get_idx(groups, i);
    if (number_at(group, "/count") < 100) /* too few to say much */
      continue;
    printf("  %-18s %6.0f  %8.2f%%  %7.2f%%  %11.2f%%  %11.2f%%\n", text_at(group, "/group"),
           number_at(group, "/count"), 100 * number_at(group, "/metrics/base_rate"),
           100 * number_at(group, "/metrics/selection_rate"),
           100 * number_at(group, "/metrics/fpr"), 100 * number_at(group, "/metrics/fnr"));
  }
}

static int audit_rows(const eqp_dataset *table, const Columns *columns, int filtered,
                      const char *title, eqp_error **error) {
  eqp_dataset *chosen = decisions(table, columns, filtered, error);
  char *report_json = NULL;
  int done = 0;
  if (chosen && eqp_audit(NULL, chosen, NULL, config, NULL, &report_json, error) == EQP_OK) {
    struct json_object *report = json_tokener_parse(report_json);
    printf("%s, %.0f people:\n", title, number_at(report, "/rows"));
    print_table(report);
    json_object_put(report);
    done = 1;
  }
  eqp_free(report_json);
  eqp_dataset_free(chosen);
  return done;
}

static float *numbers(const eqp_dataset *table, const char *name, eqp_error **error) {
  size_t rows = (size_t)eqp_dataset_rows(table);
  float *values = malloc(sizeof *values * (rows + 1));
  if (values && eqp_dataset_column_f32(table, name, values, rows, error) != EQP_OK) {
    free(values);
    values = NULL;
  }
  return values;
}

int main(int argc, char **argv) {
  eqp_dataset *table = NULL;
  eqp_error *error = NULL;
  Columns columns = {0, NULL, NULL, NULL, NULL};
  int done = 0;

  if (argc != 2) {
    fprintf(stderr, "usage: compas compas-scores-two-years.csv\n"
                    "The table is at https://github.com/propublica/compas-analysis.\n");
    return 2;
  }
  if (eqp_dataset_open(argv[1], NULL, NULL, &table, &error) == EQP_OK) {
    columns.rows = eqp_dataset_rows(table);
    done = (columns.decile = numbers(table, "decile_score", &error)) &&
           (columns.arrested = numbers(table, "two_year_recid", &error)) &&
           (columns.days = numbers(table, "days_b_screening_arrest", &error)) &&
           (columns.is_recid = numbers(table, "is_recid", &error)) &&
           audit_rows(table, &columns, 0, "All that were scored, as published", &error);
    if (done) {
      printf("\n");
      done = audit_rows(table, &columns, 1, "Those that the filter keeps", &error);
    }
    if (done)
      printf("\nOf those who were not arrested again, twice as many black as white people had "
             "been called\na higher risk; of those who were, the score had missed more white "
             "people.\n");
  }
  if (!done)
    fprintf(stderr, "%s\n", error ? eqp_error_message(error) : "out of memory");
  free(columns.decile);
  free(columns.arrested);
  free(columns.days);
  free(columns.is_recid);
  eqp_error_free(error);
  eqp_dataset_free(table);
  return !done;
}
