#include "nearest_rows.h"
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

/* Inserts a row into the k nearest, which are ascending, if it is one of them. At equal distances
 * the lower row is first, in whatever order rows come. */
static void insert(int32_t row, float distance, int64_t k, int32_t *neighbours, float *distances) {
  int64_t place = k - 1;
  if (!(distance < distances[place] || (distance == distances[place] && row < neighbours[place])))
    return;
  for (; place > 0 && (distances[place - 1] > distance ||
                       (distances[place - 1] == distance && neighbours[place - 1] > row));
       place--) {
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

/* The products of POINTS points with one half of a panel are in registers. */
enum { POINTS = 6, LANES = ROW_PANEL / 2, BLOCK = 8 * POINTS };
typedef float vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

/* points · panel (width, ROW_PANEL) → (POINTS, ROW_PANEL). */
static inline __attribute__((always_inline)) void
multiply(const float *const *points, const float *panel, int64_t width, float *products) {
#pragma clang fp contract(fast)
  for (int half = 0; half < 2; half++) {
    vector sums[POINTS] = {0};
    for (int64_t j = 0; j < width; j++) {
      vector values = *(const vector *)(panel + j * ROW_PANEL + half * LANES);
      for (int p = 0; p < POINTS; p++)
        sums[p] += values * points[p][j];
    }
    for (int p = 0; p < POINTS; p++)
      *(vector *)(products + p * ROW_PANEL + half * LANES) = sums[p];
  }
}

/* The points of one multiplication; behind the last one, it is repeated. */
static inline __attribute__((always_inline)) void
addresses(const float *points, int64_t width, int64_t first, int64_t end, const float **found) {
  for (int64_t p = 0; p < POINTS; p++)
    found[p] = points + (first + p < end ? first + p : end - 1) * width;
}

/* The error of a product, and of the distance and norms with which it is compared, is at most this
 * share of the sum of the squared norms: 2 |a| |b| <= |a|^2 + |b|^2, and each sum has an error of
 * 2^-24 per number, less where it is divided into lanes. */
static float error_share(int64_t width) { return (float)(width + 16) * 0x1p-23f; }

typedef int32_t mask __attribute__((vector_size(LANES * sizeof(int32_t))));

/* Marks the rows of a panel that may be as near as `limit`, or as their own limit if there are such
 * limits. NaN counts as near. Returns whether there is any; usually there is none. */
static inline __attribute__((always_inline)) bool may_be_near(const float *products,
                                                              const float *norms, float norm,
                                                              float limit, const float *limits,
                                                              float share, mask *near) {
  for (int half = 0; half < 2; half++) {
    vector least = (*(const vector *)(norms + half * LANES) + norm) * (1.0f - share) -
                   2.0f * *(const vector *)(products + half * LANES);
    vector most = (vector){0} + limit;
    if (limits)
      most = __builtin_elementwise_max(most, *(const vector *)(limits + half * LANES));
    near[half] = ~(mask)(least > most);
  }
  return __builtin_reduce_or(near[0] | near[1]) != 0;
}

VECTOR_CODE
void nearest_rows_by_products(const struct near_rows *set, const float *points,
                              const float *centred, const float *norms, const int32_t *selves,
                              int64_t count, int64_t k, int32_t *neighbours, float *distances) {
  float products[POINTS * ROW_PANEL], share = error_share(set->width);
  mask near[2];
  const float *group[POINTS];
  int64_t width = set->width;
  begin(count, k, neighbours, distances);
  /* A block of points stays in the cache while it is multiplied by all panels. */
  for (int64_t block = 0; block < count; block += BLOCK) {
    int64_t block_end = block + BLOCK < count ? block + BLOCK : count;
    for (int64_t start = 0; start < set->rows; start += ROW_PANEL)
      for (int64_t first = block; first < block_end; first += POINTS) {
        int64_t end = first + POINTS < block_end ? first + POINTS : block_end;
        addresses(centred, width, first, end, group);
        multiply(group, set->panels + start * width, width, products);
        for (int64_t q = first; q < end; q++) {
          float *own = distances + q * k;
          if (!may_be_near(products + (q - first) * ROW_PANEL, set->norms + start, norms[q],
                           own[k - 1], NULL, share, near))
            continue;
          for (int64_t i = 0; i < ROW_PANEL && start + i < set->rows; i++) {
            if (!((const int32_t *)near)[i] || start + i == selves[q])
              continue;
            float distance =
                squared_distance(set->values + (start + i) * width, points + q * width, width);
            insert((int32_t)(start + i), distance, k, neighbours + q * k, own);
          }
        }
      }
  }
}

void nearest_pairs_begin(int64_t rows, int64_t k, struct near_pairs *found) {
  begin(rows, k, found->neighbours, found->distances);
  for (int64_t row = 0; row < (rows + ROW_PANEL - 1) / ROW_PANEL * ROW_PANEL; row++)
    found->limits[row] = INFINITY;
}

VECTOR_CODE
void nearest_pairs(const struct near_rows *set, const float *centred, int64_t k, int64_t from,
                   int64_t to, int64_t other_from, int64_t other_to, struct near_pairs *found) {
  float products[POINTS * ROW_PANEL], share = error_share(set->width);
  mask near[2];
  const float *group[POINTS];
  int64_t width = set->width;
  for (int64_t block = from; block < to; block += BLOCK) {
    int64_t block_end = block + BLOCK < to ? block + BLOCK : to;
    int64_t start = from == other_from ? block / ROW_PANEL * ROW_PANEL : other_from;
    for (; start < other_to; start += ROW_PANEL)
      for (int64_t first = block; first < block_end; first += POINTS) {
        int64_t end = first + POINTS < block_end ? first + POINTS : block_end;
        addresses(centred, width, first, end, group);
        multiply(group, set->panels + start * width, width, products);
        for (int64_t q = first; q < end; q++) {
          if (!may_be_near(products + (q - first) * ROW_PANEL, set->norms + start, set->norms[q],
                           found->limits[q], found->limits + start, share, near))
            continue;
          for (int64_t row = start; row < start + ROW_PANEL && row < other_to; row++) {
            if (!((const int32_t *)near)[row - start] || (from == other_from && row <= q))
              continue;
            float distance =
                squared_distance(set->values + row * width, set->values + q * width, width);
            float *own = found->distances + q * k, *others = found->distances + row * k;
            insert((int32_t)row, distance, k, found->neighbours + q * k, own);
            insert((int32_t)q, distance, k, found->neighbours + row * k, others);
            found->limits[q] = own[k - 1];
            found->limits[row] = others[k - 1];
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
