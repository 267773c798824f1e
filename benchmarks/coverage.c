/*
 * How often 95% intervals contain the true value: audits of simulated decisions with known rates,
 * through the C ABI. Prints the table of docs/uncertainty.md, in percent by rows per group.
 *
 *   coverage [audits per cell, default 1000]
 *   coverage scores [audits per cell]   metrics with bootstrap intervals: AUC, Brier, MAE
 */
#include <equipoise/equipoise.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAXIMUM_GROUPS = 10, SIZES = 5 };
static const int sizes[SIZES] = {5, 10, 30, 300, 3000};

static uint64_t state = 88172645463325252u;
static double uniform(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (double)(state >> 11) * 0x1p-53;
}

static void check(eqp_status status, eqp_error *error) {
  if (status == EQP_OK)
    return;
  fprintf(stderr, "%s: %s\n", eqp_status_name(status), eqp_error_message(error));
  exit(1);
}

/* Whether the interval after the names, each searched after the previous one, contains `truth`;
 * -1 for null. */
static int holds(const char *text, const char *const *names, double truth) {
  for (; *names; names++) {
    text = text ? strstr(text, *names) : NULL;
    if (!text)
      return -1;
    text += strlen(*names);
  }
  double low, high;
  if (sscanf(text, " : [ %lf , %lf", &low, &high) != 2)
    return -1;
  return low <= truth + 1e-12 && truth <= high + 1e-12;
}

struct scenario {
  const char *name;
  int groups;
  double rates[MAXIMUM_GROUPS];
};

/* A checked interval: its position in the report. */
struct number {
  const char *name;
  const char *path[5];
};
static const struct number numbers[] = {
    {"rate of the first group", {"\"attributes\"", "\"intervals\"", "\"selection_rate\"", NULL}},
    {"difference", {"\"gap_intervals\"", "\"selection_rate\"", "\"difference\"", NULL}},
    {"ratio", {"\"gap_intervals\"", "\"selection_rate\"", "\"ratio\"", NULL}},
    {"difference to overall",
     {"\"gap_intervals\"", "\"selection_rate\"", "\"difference_to_overall\"", NULL}},
    {"equalized odds difference",
     {"\"fairness_intervals\"", "\"equalized_odds_difference\"", NULL}},
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* Labels are random and do not depend on the group, and decisions do not depend on the labels, so
 * the true selection, true positive and false positive rates are the same. */
static void simulate(const struct scenario *s, int rows, int audits, double *share) {
  int hits[NUMBERS] = {0}, found[NUMBERS] = {0};
  double least = 1, most = 0, mean = 0;
  for (int g = 0; g < s->groups; g++) {
    least = fmin(least, s->rates[g]);
    most = fmax(most, s->rates[g]);
    mean += s->rates[g] / s->groups;
  }
  double truths[NUMBERS] = {s->rates[0], most - least, least / most,
                            fmax(most - mean, mean - least), most - least};
  int all = rows * s->groups;
  int64_t *columns[3];
  for (int c = 0; c < 3; c++)
    columns[c] = malloc((size_t)all * sizeof **columns);
  for (int a = 0; a < audits; a++) {
    eqp_error *error = NULL;
    eqp_dataset *dataset = NULL;
    char *text = NULL;
    static const char *const names[3] = {"y", "d", "g"};
    for (int i = 0; i < all; i++) {
      columns[2][i] = i / rows;
      columns[0][i] = uniform() < 0.5;
      columns[1][i] = uniform() < s->rates[i / rows];
    }
    /* So that both classes occur. */
    columns[0][0] = 0, columns[0][1] = 1;
    check(eqp_dataset_new(all, &dataset, &error), error);
    for (int c = 0; c < 3; c++)
      check(eqp_dataset_add_i64(dataset, names[c], columns[c], NULL, &error), error);
    check(eqp_audit(NULL, dataset, NULL,
                    "{\"task\": \"binary\", \"data\": {\"label\": \"y\", \"prediction\": \"d\","
                    " \"positive\": \"1\", \"sensitive\": [\"g\"]},"
                    " \"metrics\": [\"selection_rate\"], \"intervals\": {\"replicates\": 0}}",
                    NULL, &text, &error),
          error);
    for (int n = 0; n < NUMBERS; n++) {
      int held = holds(text, numbers[n].path, truths[n]);
      found[n] += held >= 0;
      hits[n] += held > 0;
    }
    eqp_free(text);
    eqp_dataset_free(dataset);
  }
  for (int n = 0; n < NUMBERS; n++)
    share[n] = found[n] ? 100.0 * hits[n] / found[n] : NAN;
  for (int c = 0; c < 3; c++)
    free(columns[c]);
}

/* Box and Muller 1958. */
static double normal(void) {
  double radius = sqrt(-2 * log(1 - uniform()));
  return radius * cos(6.283185307179586 * uniform());
}
static double cumulative(double z) { return 0.5 * erfc(-z / sqrt(2)); }

/* E (score - label)^2 for a random label and a score that is the normal distribution function of a
 * normal number with mean 0, or `distance` for label 1. */
static double brier_of(double distance) {
  double sum = 0, weight = 0;
  for (double z = -9; z <= 9; z += 0.001) {
    double density = exp(-z * z / 2), low = cumulative(z), high = cumulative(z + distance) - 1;
    sum += density * (low * low + high * high) / 2;
    weight += density;
  }
  return sum / weight;
}

enum { SCORED = 6 };
static const char *const scored_names[SCORED] = {"AUC of the first group",   "AUC difference",
                                                 "Brier of the first group", "Brier difference",
                                                 "MAE of the first group",   "MAE difference"};

/* Two groups. Classification: normal scores, with given distances between the labels' means, mapped
 * by the normal distribution function. Regression: normal errors with the distances as standard
 * deviations. */
static void simulate_scores(const double *distances, int rows, int audits, double *share) {
  static const char *const metrics[3] = {"auc", "brier", "mae"};
  int hits[SCORED] = {0}, found[SCORED] = {0};
  double truths[SCORED];
  for (int m = 0; m < 3; m++) {
    double values[2];
    for (int g = 0; g < 2; g++)
      values[g] = m == 0   ? cumulative(distances[g] / sqrt(2))
                  : m == 1 ? brier_of(distances[g])
                           : distances[g] * sqrt(2 / 3.141592653589793);
    truths[2 * m] = values[0];
    truths[2 * m + 1] = fabs(values[0] - values[1]);
  }
  int all = 2 * rows;
  double *labels = malloc((size_t)all * sizeof *labels);
  double *scores = malloc((size_t)all * sizeof *scores);
  int64_t *groups = malloc((size_t)all * sizeof *groups);
  for (int a = 0; a < 2 * audits; a++) {
    int regression = a % 2;
    for (int i = 0; i < all; i++) {
      groups[i] = i / rows;
      double distance = distances[i / rows];
      labels[i] = regression ? normal() : uniform() < 0.5;
      scores[i] = regression ? labels[i] + distance * normal()
                             : cumulative(normal() + labels[i] * distance);
    }
    eqp_error *error = NULL;
    eqp_dataset *dataset = NULL;
    char *text = NULL, config[400];
    check(eqp_dataset_new(all, &dataset, &error), error);
    check(eqp_dataset_add_f64(dataset, "y", labels, NULL, &error), error);
    check(eqp_dataset_add_f64(dataset, "s", scores, NULL, &error), error);
    check(eqp_dataset_add_i64(dataset, "g", groups, NULL, &error), error);
    snprintf(config, sizeof config,
             "{\"task\": \"%s\", \"data\": {\"label\": \"y\", \"score\": \"s\", \"sensitive\": "
             "[\"g\"]%s},"
             " \"metrics\": [%s], \"intervals\": {\"seed\": %d}}",
             regression ? "regression" : "binary", regression ? "" : ", \"positive\": \"1\"",
             regression ? "\"mae\"" : "\"auc\", \"brier\"", a);
    check(eqp_audit(NULL, dataset, NULL, config, NULL, &text, &error), error);
    for (int m = regression ? 2 : 0; m < (regression ? 3 : 2); m++) {
      char name[16];
      snprintf(name, sizeof name, "\"%s\"", metrics[m]);
      const char *one[] = {"\"attributes\"", "\"intervals\"", name, NULL};
      const char *gap[] = {"\"gap_intervals\"", name, "\"difference\"", NULL};
      for (int n = 0; n < 2; n++) {
        int held = holds(text, n ? gap : one, truths[2 * m + n]);
        found[2 * m + n] += held >= 0;
        hits[2 * m + n] += held > 0;
      }
    }
    eqp_free(text);
    eqp_dataset_free(dataset);
  }
  for (int n = 0; n < SCORED; n++)
    share[n] = found[n] ? 100.0 * hits[n] / found[n] : NAN;
  free(labels);
  free(scores);
  free(groups);
}

static void print_scores(int audits) {
  static const double cases[][2] = {{1, 1}, {1, 1.5}};
  static double table[3][2][SCORED];
  for (int z = 0; z < 3; z++)
    for (int c = 0; c < 2; c++)
      simulate_scores(cases[c], sizes[z + 2], audits, table[z][c]);
  printf("| number | 30 | 300 | 3000 |\n|---|---|---|---|\n");
  for (int n = 0; n < SCORED; n++)
    for (int c = 0; c < 2; c++) {
      printf("| %s, %s |", scored_names[n], c ? "unlike groups" : "equal groups");
      for (int z = 0; z < 3; z++)
        printf(" %.1f |", table[z][c][n]);
      printf("\n");
    }
}

int main(int count, char **arguments) {
  if (count > 1 && !strcmp(arguments[1], "scores")) {
    print_scores(count > 2 ? atoi(arguments[2]) : 1000);
    return 0;
  }
  int audits = count > 1 ? atoi(arguments[1]) : 1000;
  static const struct scenario scenarios[] = {
      {"2 equal, 0.30", 2, {0.3, 0.3}},
      {"2: 0.20, 0.35", 2, {0.2, 0.35}},
      {"2: 0.10, 0.60", 2, {0.1, 0.6}},
      {"2: 0.02, 0.05", 2, {0.02, 0.05}},
      {"5 equal, 0.30", 5, {0.3, 0.3, 0.3, 0.3, 0.3}},
      {"5: four 0.20, one 0.40", 5, {0.2, 0.2, 0.2, 0.2, 0.4}},
      {"5: 0.20 to 0.40", 5, {0.2, 0.25, 0.3, 0.35, 0.4}},
      {"10: 0.10 to 0.55", 10, {0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55}},
      {"10: five 0.20, five 0.35", 10, {0.2, 0.2, 0.2, 0.2, 0.2, 0.35, 0.35, 0.35, 0.35, 0.35}},
  };
  enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };
  static double table[SCENARIOS][SIZES][NUMBERS];
  for (int s = 0; s < SCENARIOS; s++)
    for (int z = 0; z < SIZES; z++) {
      /* Large audits take long and vary little. */
      int runs = sizes[z] * scenarios[s].groups > 10000 ? audits / 2 : audits;
      simulate(&scenarios[s], sizes[z], runs, table[s][z]);
    }
  for (int n = 0; n < NUMBERS; n++) {
    printf("\n| %s | 5 | 10 | 30 | 300 | 3000 |\n|---|---|---|---|---|---|\n", numbers[n].name);
    for (int s = 0; s < SCENARIOS; s++) {
      printf("| %s |", scenarios[s].name);
      for (int z = 0; z < SIZES; z++)
        printf(" %.1f |", table[s][z][n]);
      printf("\n");
    }
  }
  return 0;
}
