#include "nearest_rows.h"
#include "bfloat16_products.h"
#include "vector_code.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

void row_panels(const float *values, int64_t rows, int64_t width, float *panels) {
  for (int64_t start = 0; start < rows; start += ROW_PANEL)
    for (int64_t j = 0; j < width; j++)
      for (int64_t i = 0; i < ROW_PANEL; i++)
        *panels++ = start + i < rows ? values[(start + i) * width + j] : 0.0f;
}

/* The squared distances of two rows to the rows of a panel; each load is used twice. */
static inline __attribute__((always_inline)) void two_rows(const float *restrict panel,
                                                           int64_t width, const float *a,
                                                           const float *b, float *restrict to_a,
                                                           float *restrict to_b) {
  float sum_a[ROW_PANEL] = {0}, sum_b[ROW_PANEL] = {0};
  for (int64_t j = 0; j < width; j++) {
    float value_a = a[j], value_b = b[j];
    for (int i = 0; i < ROW_PANEL; i++) {
      float value = panel[j * ROW_PANEL + i];
      float difference_a = value - value_a, difference_b = value - value_b;
      sum_a[i] += difference_a * difference_a;
      sum_b[i] += difference_b * difference_b;
    }
  }
  for (int i = 0; i < ROW_PANEL; i++) {
    to_a[i] = sum_a[i];
    to_b[i] = sum_b[i];
  }
}

/* Inserts a row into the k nearest, which are ascending. Rows come in order, so the new row is
 * placed after those with the same distance. */
static void insert(int32_t row, float distance, int64_t k, int32_t *neighbours, float *distances) {
  int64_t place = k - 1;
  for (; place > 0 && distances[place - 1] > distance; place--) {
    distances[place] = distances[place - 1];
    neighbours[place] = neighbours[place - 1];
  }
  distances[place] = distance;
  neighbours[place] = row;
}

static inline __attribute__((always_inline)) void take(const float *distances, int64_t start,
                                                       int64_t rows, int32_t self, int64_t k,
                                                       int32_t *neighbours, float *nearest) {
  float least = distances[0];
  for (int i = 1; i < ROW_PANEL; i++)
    least = distances[i] < least ? distances[i] : least;
  if (least >= nearest[k - 1])
    return;
  for (int64_t i = 0; i < ROW_PANEL && start + i < rows; i++)
    if (distances[i] < nearest[k - 1] && start + i != self)
      insert((int32_t)(start + i), distances[i], k, neighbours, nearest);
}

static void begin(int64_t count, int64_t k, int32_t *neighbours, float *distances) {
  for (int64_t i = 0; i < count * k; i++) {
    neighbours[i] = -1;
    distances[i] = INFINITY;
  }
}

VECTOR_CODE
void nearest_rows(const float *panels, int64_t rows, int64_t width, const float *points,
                  const int32_t *selves, int64_t count, int64_t k, int32_t *neighbours,
                  float *distances) {
  float to_a[ROW_PANEL], to_b[ROW_PANEL];
  begin(count, k, neighbours, distances);
  /* A block of points processes the panels together, so that a panel is read from the cache. */
  for (int64_t block = 0; block < count; block += 64) {
    int64_t end = block + 64 < count ? block + 64 : count;
    for (int64_t start = 0; start < rows; start += ROW_PANEL) {
      const float *panel = panels + start * width;
      for (int64_t q = block; q < end; q += 2) {
        int64_t other = q + 1 < end ? q + 1 : q;
        two_rows(panel, width, points + q * width, points + other * width, to_a, to_b);
        take(to_a, start, rows, selves[q], k, neighbours + q * k, distances + q * k);
        if (other != q)
          take(to_b, start, rows, selves[other], k, neighbours + other * k, distances + other * k);
      }
    }
  }
}

VECTOR_CODE
void row_norms(const float *values, int64_t rows, int64_t width, float *norms) {
  SUMS_IN_ANY_ORDER
  for (int64_t row = 0; row < rows; row++) {
    float sum = 0;
    for (int64_t j = 0; j < width; j++)
      sum += values[row * width + j] * values[row * width + j];
    norms[row] = sum;
  }
}

VECTOR_CODE
static float squared_distance(const float *a, const float *b, int64_t width) {
  SUMS_IN_ANY_ORDER
  float sum = 0;
  for (int64_t j = 0; j < width; j++)
    sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

/* Which of NEAR_ROWS rows may be nearer than `limit`; the error of bf16 products is at most
 * `share` of the product of the norms. NaN counts as near. */
VECTOR_CODE
static void may_be_near(const float *products, const float *norms, float point, float limit,
                        float share, uint8_t *near) {
  for (int i = 0; i < NEAR_ROWS; i++) {
    float least = (norms[i] + point) * (1.0f - share) - 2.0f * products[i];
    near[i] = !(least >= limit);
  }
}

void nearest_rows_by_products(const float *packed, const float *norms, const float *values,
                              int64_t rows, int64_t width, const float *packed_points,
                              const float *point_norms, const float *points, const int32_t *selves,
                              int64_t count, int64_t k, int32_t *neighbours, float *distances) {
  /* 2 |a| |b| <= |a|^2 + |b|^2; rounding to bfloat16 has an error of 2^-9, sums of 2^-24 per
   * number. */
  float share = 1.02f * 0x1p-8f + (float)(width + 8) * 0x1p-23f;
  int64_t half = (width + 1) / 2;
  float products[NEAR_POINTS * NEAR_ROWS];
  uint64_t near[NEAR_ROWS / 8];
  begin(count, k, neighbours, distances);
  for (int64_t block = 0; block < count; block += NEAR_POINTS) {
    int64_t end = block + NEAR_POINTS < count ? block + NEAR_POINTS : count;
    for (int64_t start = 0; start < rows; start += NEAR_ROWS) {
      /* Panels are padded with zeros, and norms with infinity. */
      bfloat16_multiply(packed_points + block * half, BFLOAT16_ROWS, packed + start * half,
                        (size_t)(end - block), NEAR_ROWS, (size_t)width, NULL, false, false,
                        products);
      for (int64_t q = block; q < end; q++) {
        float *own = distances + q * k;
        may_be_near(products + (q - block) * NEAR_ROWS, norms + start, point_norms[q], own[k - 1],
                    share, (uint8_t *)near);
        for (int64_t word = 0; word < NEAR_ROWS / 8; word++) {
          if (near[word] == 0)
            continue;
          for (int64_t row = start + word * 8; row < start + word * 8 + 8 && row < rows; row++) {
            if (!((const uint8_t *)near)[row - start] || row == selves[q])
              continue;
            float distance = squared_distance(values + row * width, points + q * width, width);
            if (distance < own[k - 1])
              insert((int32_t)row, distance, k, neighbours + q * k, own);
          }
        }
      }
    }
  }
}

static inline __attribute__((always_inline)) void compare(const float *squares, int64_t start,
                                                          int64_t rows, int64_t row,
                                                          const float *scores, float constant,
                                                          struct row_pairs *found) {
  for (int64_t i = start > row ? 0 : row + 1 - start; i < ROW_PANEL && start + i < rows; i++) {
    float difference = fabsf(scores[start + i] - scores[row]);
    float distance = sqrtf(squares[i]);
    if (difference > constant * distance)
      found->violations++;
    if (distance == 0.0f)
      found->same_inputs += difference > 0.0f;
    else if (difference > found->ratio * distance) {
      found->ratio = difference / distance;
      found->first = (int32_t)row;
      found->second = (int32_t)(start + i);
    }
  }
}

VECTOR_CODE
void row_pairs_compare(const float *panels, int64_t rows, int64_t width, const float *values,
                       const float *scores, int64_t from, int64_t to, float constant,
                       struct row_pairs *found) {
  float to_a[ROW_PANEL], to_b[ROW_PANEL];
  for (int64_t start = from / ROW_PANEL * ROW_PANEL; start < rows; start += ROW_PANEL)
    for (int64_t row = from; row < to; row += 2) {
      int64_t other = row + 1 < to ? row + 1 : row;
      two_rows(panels + start * width, width, values + row * width, values + other * width, to_a,
               to_b);
      compare(to_a, start, rows, row, scores, constant, found);
      if (other != row)
        compare(to_b, start, rows, other, scores, constant, found);
    }
}
