/*
 * How often 95% intervals hold the true value: audits of simulated decisions, whose rates are
 * known, through the C ABI. Prints the table of docs/uncertainty.md, percent by rows a group.
 *
 *   coverage [audits a cell, default 1000]
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

/* Whether the interval behind the names, each found after the one before, holds `truth`. -1: null.
 */
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

/* What is looked at: where it stands in the report. */
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

/* Labels are a coin's, whatever the group, and decisions do not look at them: the true rates of
 * selection, of true and of false positives are the same. */
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
    /* So that both classes are there. */
    columns[0][0] = 0, columns[0][1] = 1;
    check(eqp_dataset_new(all, &dataset, &error), error);
    for (int c = 0; c < 3; c++)
      check(eqp_dataset_add_i64(dataset, names[c], columns[c], NULL, &error), error);
    check(eqp_audit(NULL, dataset,
                    "{\"task\": \"binary\", \"data\": {\"label\": \"y\", \"prediction\": \"d\","
                    " \"positive\": \"1\", \"sensitive\": [\"g\"]},"
                    " \"metrics\": [\"selection_rate\"], \"intervals\": {\"replicates\": 0}}",
                    &text, &error),
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

int main(int count, char **arguments) {
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
