#include "rank_area.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

uint64_t rank_area_key(double score) {
  uint64_t bits;
  score += 0.0; /* -0 becomes 0 */
  memcpy(&bits, &score, sizeof bits);
  return bits >> 63 ? ~bits : bits | 0x8000000000000000u;
}

double rank_area_score(uint64_t key) {
  uint64_t bits = key >> 63 ? key & 0x7fffffffffffffffu : ~key;
  double score;
  memcpy(&score, &bits, sizeof score);
  return score;
}

#define DEFINE_FILL(name, score_type)                                                              \
  int64_t name(struct rank_entry *restrict entries, const uint32_t *restrict cells,                \
               const score_type *restrict scores, int64_t count, uint32_t first_row) {             \
    int64_t written = 0;                                                                           \
    for (int64_t i = 0; i < count; i++) {                                                          \
      if (!isfinite(scores[i]))                                                                    \
        continue;                                                                                  \
      entries[written].key = rank_area_key(scores[i]);                                             \
      entries[written].slot = cells[i] >> 1;                                                       \
      entries[written].row = first_row + (uint32_t)i;                                              \
      written++;                                                                                   \
    }                                                                                              \
    return written;                                                                                \
  }

DEFINE_FILL(rank_area_fill_f32, float)
DEFINE_FILL(rank_area_fill_f64, double)

void rank_area_renumber(struct rank_entry *entries, int64_t count, const uint32_t *group_of,
                        uint32_t row_offset) {
  for (int64_t i = 0; i < count; i++) {
    entries[i].slot = group_of[entries[i].slot >> 1] * 2 + (entries[i].slot & 1);
    entries[i].row += row_offset;
  }
}

enum { DIGIT_BITS = 11, DIGITS = 6, BINS = 1 << DIGIT_BITS };
_Static_assert(DIGITS *BINS == RANK_AREA_BINS, "the header states the size of bins");

void rank_area_sort(struct rank_entry *entries, struct rank_entry *scratch, int64_t count,
                    int64_t *bins) {
  memset(bins, 0, RANK_AREA_BINS * sizeof *bins);
  for (int64_t i = 0; i < count; i++)
    for (int digit = 0; digit < DIGITS; digit++)
      bins[digit * BINS + ((entries[i].key >> (digit * DIGIT_BITS)) & (BINS - 1))]++;
  struct rank_entry *from = entries, *to = scratch;
  for (int digit = 0; digit < DIGITS && count > 0; digit++) {
    int64_t *starts = bins + digit * BINS;
    const int shift = digit * DIGIT_BITS;
    /* Scores that were float have 29 low bits of zero: a digit that is equal in all keys needs
     * no pass. */
    if (starts[(from[0].key >> shift) & (BINS - 1)] == count)
      continue;
    int64_t start = 0;
    for (int bin = 0; bin < BINS; bin++) {
      int64_t size = starts[bin];
      starts[bin] = start;
      start += size;
    }
    for (int64_t i = 0; i < count; i++)
      to[starts[(from[i].key >> shift) & (BINS - 1)]++] = from[i];
    struct rank_entry *sorted = to;
    to = from;
    from = sorted;
  }
  if (from != entries && count > 0)
    memcpy(entries, from, (size_t)count * sizeof *entries);
}

void rank_area_merge(const struct rank_entry *restrict first, int64_t first_count,
                     const struct rank_entry *restrict second, int64_t second_count,
                     struct rank_entry *restrict merged) {
  int64_t i = 0, j = 0, k = 0;
  while (i < first_count && j < second_count) {
    bool take_second = second[j].key < first[i].key;
    merged[k++] = take_second ? second[j] : first[i];
    j += take_second;
    i += !take_second;
  }
  memcpy(merged + k, first + i, (size_t)(first_count - i) * sizeof *merged);
  k += first_count - i;
  memcpy(merged + k, second + j, (size_t)(second_count - j) * sizeof *merged);
}

/* All tied rows of a group are known: they rank above all rows below, and half above each other. */
static void settle(struct rank_area *area) {
  area->roc_area += area->positives_tied * (area->negatives_below + area->negatives_tied / 2);
  double selected_positives = area->positives - area->positives_below;
  double selected = selected_positives + area->negatives - area->negatives_below;
  if (selected > 0)
    area->precision_sum += area->positives_tied * (selected_positives / selected);
  area->positives_below += area->positives_tied;
  area->negatives_below += area->negatives_tied;
  area->positives_tied = area->negatives_tied = 0;
}

void rank_area_accumulate(const struct rank_entry *entries, int64_t count, const double *weights,
                          const uint32_t *group_of, struct rank_area *areas, int64_t groups) {
  for (int64_t i = 0; i < count; i++) {
    struct rank_area *area = areas + group_of[entries[i].slot >> 1];
    if (area->key != entries[i].key) {
      settle(area);
      area->key = entries[i].key;
    }
    double weight = weights ? weights[entries[i].row] : 1;
    if (entries[i].slot & 1)
      area->positives_tied += weight;
    else
      area->negatives_tied += weight;
  }
  for (int64_t group = 0; group < groups; group++)
    settle(areas + group);
}
