/*
 * Generates a table of loan decisions in which people were not treated alike: about 20,000
 * applicants, who do not exist, and what a lender decided on each.
 *
 *   generate_lending FILE [ROWS]
 *
 * All groups are equally able: `ability`, which is not in any column, has the same distribution for
 * all. Bias enters in three ways, which the literature distinguishes:
 *
 *   1. Unequal pay (a biased feature). Of two people of equal ability a woman earns 6% less than a
 * man, and a member of group B 4% less than one of group A.
 *   2. Segregation (proxies). Members of group B live mostly in the regions south and east, and
 * women and men work mostly in different occupations, so that region and occupation reveal group
 * and sex to a model that does not read them.
 *   3. Prejudice (biased labels). The lender's staff looked at income, debts, work and credit
 * history, and also, by 0.5 and 0.4 standard deviations, at sex and group.
 *
 * A model that learns from these decisions learns all three, although neither sex nor group is
 * among its inputs. All arithmetic is in integers and the generator of random numbers is below, so
 * the file is the same on every machine.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t state = 1973;

static uint64_t next_random(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* 0 to limit - 1. */
static long below(long limit) { return (long)(next_random() % (uint64_t)limit); }

/* Thousandths of a nearly normal number: twelve uniform ones have the variance of one. */
static long normal(void) {
  long sum = -5994;
  int i;
  for (i = 0; i < 12; i++)
    sum += below(1000);
  return sum;
}

static long within(long value, long low, long high) {
  return value < low ? low : value > high ? high : value;
}

/* A random index, with probabilities proportional to the weights. */
static int pick(const int *shares, int count) {
  long total = 0, chosen;
  int i;
  for (i = 0; i < count; i++)
    total += shares[i];
  chosen = below(total);
  for (i = 0; chosen >= shares[i]; i++)
    chosen -= shares[i];
  return i;
}

int main(int argc, char **argv) {
  static const char *const regions[] = {"north", "harbour", "centre", "south", "east"};
  static const int regions_of_a[] = {35, 25, 25, 10, 5};
  static const int regions_of_b[] = {10, 15, 20, 30, 25};
  static const char *const occupations[] = {"care", "office", "sales", "technical", "manual"};
  static const int occupations_of_women[] = {40, 33, 17, 5, 5};
  static const int occupations_of_men[] = {5, 12, 18, 33, 32};
  static const char *const purposes[] = {"home", "car", "education", "business", "debts"};
  static const int purpose_shares[] = {30, 30, 12, 13, 15};
  static const long purpose_effect[] = {150, 100, 0, -100, -300};
  long rows = argc > 2 ? atol(argv[2]) : 20000, row;
  FILE *file;

  if (argc < 2 || rows < 1) {
    fprintf(stderr, "usage: generate_lending FILE [ROWS]\n");
    return 2;
  }
  file = fopen(argv[1], "w");
  if (!file) {
    perror(argv[1]);
    return 1;
  }
  fprintf(file, "income,debt_ratio,years_employed,occupation,region,purpose,credit_history_years,"
                "sex,group,approved\n");
  for (row = 0; row < rows; row++) {
    int woman = below(100) < 48;
    int group_b = below(100) < 30;
    int region = pick(group_b ? regions_of_b : regions_of_a, 5);
    int occupation = pick(woman ? occupations_of_women : occupations_of_men, 5);
    int purpose = pick(purpose_shares, 5);
    long ability = normal();

    /* The data that the lender sees. Money in whole hundreds, the debt ratio in hundredths of
     * income. */
    long income = 38000 + 13 * ability + 4 * ability * ability / 1000 + 4 * normal();
    long debts = within(340 - 70 * ability / 1000 + 130 * normal() / 1000, 10, 950) / 10;
    long years = within(8 + 3 * ability / 1000 + 6 * normal() / 1000, 0, 40);
    long history = within(years + 2 + 5 * normal() / 1000, 0, 45);
    long worth;
    if (woman)
      income = income * 94 / 100;
    if (group_b)
      income = income * 96 / 100;
    income = within(income, 9000, 200000) / 100 * 100;

    /* The lender's decision: thousandths of a standard deviation, and random noise of 0.5. */
    worth =
        (income - 37000) * 900 / 13000 - (debts - 34) * 40 + (years - 8) * 40 + (history - 10) * 30;
    worth += purpose_effect[purpose] + 500 * normal() / 1000 + 150;
    if (woman)
      worth -= 500;
    if (group_b)
      worth -= 400;

    fprintf(file, "%ld,0.%02ld,%ld,%s,%s,%s,%ld,%s,%s,%s\n", income, debts, years,
            occupations[occupation], regions[region], purposes[purpose], history,
            woman ? "female" : "male", group_b ? "B" : "A", worth > 0 ? "yes" : "no");
  }
  if (fclose(file) != 0) {
    perror(argv[1]);
    return 1;
  }
  return 0;
}
