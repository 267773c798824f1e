#include "bfloat16_products.h"
#include "vector_code.h"

#include <stdint.h>
#include <string.h>

/* As many rows times as many columns have their sums in registers. */
enum { LANES = 16, PANEL = 2 * LANES, BLOCK = 8 };
/* So many rows of A stay in the second cache while all panels of B pass. */
enum { CHUNK = 16 * BLOCK };
/* So many pairs of lines are packed at a time, for all columns: their ends stay in the first cache.
 */
enum { TILE = 16 };

/* Two bfloat16 in each place, the first in the lower half. */
typedef uint32_t pairs __attribute__((vector_size(LANES * 4), aligned(4)));
typedef float vector __attribute__((vector_size(LANES * 4), aligned(4)));

static size_t rounded(size_t n, size_t to) { return (n + to - 1) / to * to; }

size_t bfloat16_rows_count(size_t m, size_t k) { return m * ((k + 1) / 2); }
size_t bfloat16_blocks_count(size_t m, size_t k) { return rounded(m, BLOCK) * ((k + 1) / 2); }
size_t bfloat16_panels_count(size_t k, size_t n) { return rounded(n, PANEL) * ((k + 1) / 2); }

/* The upper half of a float32 rounded to the nearest, ties to even; a NaN stays one. */
static inline __attribute__((always_inline)) uint32_t rounded_half(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t nearest = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return (bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16) | 0x40 : nearest;
}

static inline __attribute__((always_inline)) uint32_t pair(float first, float second) {
  return rounded_half(first) | rounded_half(second) << 16;
}

VECTOR_CODE
void bfloat16_pack_rows(const float *a, size_t m, size_t k, float *packed) {
  uint32_t *to = (uint32_t *)packed;
  for (size_t row = 0; row < m; row++, a += k) {
    for (size_t i = 0; i + 1 < k; i += 2)
      *to++ = pair(a[i], a[i + 1]);
    if (k % 2)
      *to++ = pair(a[k - 1], 0);
  }
}

/* Lines i and i + 1 of b, columns `first` to `first + width`, side by side. */
static inline __attribute__((always_inline)) void
pack_lines(const float *b, size_t i, size_t k, size_t n, size_t first, size_t width, uint32_t *to) {
  const float *line = b + i * n + first;
  if (n - first >= width && i + 1 < k) {
    for (size_t j = 0; j < width; j++)
      to[j] = pair(line[j], line[n + j]);
    return;
  }
  for (size_t j = 0; j < width; j++)
    to[j] = first + j < n ? pair(line[j], i + 1 < k ? line[n + j] : 0) : 0;
}

VECTOR_CODE
void bfloat16_pack_blocks(const float *a, size_t m, size_t k, float *packed) {
  uint32_t *to = (uint32_t *)packed;
  size_t half = (k + 1) / 2;
  for (size_t start = 0; start < half; start += TILE)
    for (size_t first = 0; first < m; first += BLOCK)
      for (size_t i = start; i < start + TILE && i < half; i++)
        pack_lines(a, 2 * i, k, m, first, BLOCK, to + first * half + i * BLOCK);
}

VECTOR_CODE
void bfloat16_pack_panels(const float *b, bool transposed, size_t k, size_t n, float *packed) {
  uint32_t *to = (uint32_t *)packed;
  size_t half = (k + 1) / 2;
  if (!transposed) {
    for (size_t start = 0; start < half; start += TILE)
      for (size_t first = 0; first < n; first += PANEL)
        for (size_t i = start; i < start + TILE && i < half; i++)
          pack_lines(b, 2 * i, k, n, first, PANEL, to + first * half + i * PANEL);
    return;
  }
  for (size_t first = 0; first < n; first += PANEL, to += half * PANEL) {
    size_t columns = n - first < PANEL ? n - first : PANEL;
    for (size_t start = 0; start < half; start += TILE) {
      uint32_t tile[PANEL][TILE] = {{0}};
      size_t count = half - start < TILE ? half - start : TILE;
      /* With an odd k the last pair has one number. */
      size_t whole = 2 * (start + count) > k ? count - 1 : count;
      for (size_t j = 0; j < columns; j++) {
        const float *line = b + (first + j) * k + 2 * start;
        for (size_t i = 0; i < whole; i++)
          tile[j][i] = pair(line[2 * i], line[2 * i + 1]);
        if (whole < count)
          tile[j][whole] = pair(line[2 * whole], 0);
      }
      for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < PANEL; j++)
          to[(start + i) * PANEL + j] = tile[j][i];
    }
  }
}

/* One row's part of a panel goes out, only the columns that exist. */
static inline __attribute__((always_inline)) void
store(const vector *sums, const float *bias, bool relu, bool accumulate, size_t width, float *c) {
  if (width == PANEL) {
    for (size_t half = 0; half < 2; half++, c += LANES) {
      vector value = sums[half];
      if (accumulate)
        value += *(const vector *)c;
      if (bias)
        value += *(const vector *)(bias + half * LANES);
      if (relu)
        value = __builtin_elementwise_max(value, (vector){0});
      *(vector *)c = value;
    }
    return;
  }
  float values[PANEL];
  memcpy(values, sums, sizeof values);
  for (size_t j = 0; j < width; j++) {
    float value = values[j] + (accumulate ? c[j] : 0.0f) + (bias ? bias[j] : 0.0f);
    c[j] = relu && !(value > 0.0f) ? 0.0f : value;
  }
}

/* `count` rows, a constant where this is inlined, times one panel. The pairs of row r are
 * `row` apart from those of row r - 1, and one pair is `step` apart from the next. */
#define DEFINE_BLOCK(NAME, ATTRIBUTES, ADD)                                                        \
  static inline __attribute__((always_inline)) ATTRIBUTES void NAME(                               \
      const uint32_t *a, size_t row, size_t step, size_t count, const uint32_t *panel,             \
      size_t half, const float *bias, bool relu, bool accumulate, size_t width, float *c,          \
      size_t n) {                                                                                  \
    vector sums[BLOCK][2];                                                                         \
    for (size_t r = 0; r < count; r++)                                                             \
      sums[r][0] = sums[r][1] = (vector){0};                                                       \
    for (size_t i = 0; i < half; i++, a += step, panel += PANEL) {                                 \
      pairs low = *(const pairs *)panel, high = *(const pairs *)(panel + LANES);                   \
      for (size_t r = 0; r < count; r++) {                                                         \
        pairs value = (pairs){0} + a[r * row];                                                     \
        sums[r][0] = ADD(sums[r][0], value, low);                                                  \
        sums[r][1] = ADD(sums[r][1], value, high);                                                 \
      }                                                                                            \
    }                                                                                              \
    for (size_t r = 0; r < count; r++)                                                             \
      store(sums[r], bias, relu, accumulate, width, c + r * n);                                    \
  }                                                                                                \
                                                                                                   \
  static inline __attribute__((always_inline)) ATTRIBUTES void NAME##_all(                         \
      const uint32_t *a, bfloat16_layout layout, const uint32_t *b, size_t m, size_t n, size_t k,  \
      const float *bias, bool relu, bool accumulate, float *c) {                                   \
    size_t half = (k + 1) / 2;                                                                     \
    for (size_t start = 0; start < m; start += CHUNK) {                                            \
      size_t end = m - start < CHUNK ? m : start + CHUNK;                                          \
      for (size_t first = 0; first < n; first += PANEL) {                                          \
        const uint32_t *panel = b + first * half;                                                  \
        size_t width = n - first < PANEL ? n - first : PANEL, r = start;                           \
        const float *own = bias ? bias + first : 0;                                                \
        for (; r + BLOCK <= end; r += BLOCK) {                                                     \
          if (layout == BFLOAT16_ROWS)                                                             \
            NAME(a + r * half, half, 1, BLOCK, panel, half, own, relu, accumulate, width,          \
                 c + r * n + first, n);                                                            \
          else                                                                                     \
            NAME(a + r * half, 1, BLOCK, BLOCK, panel, half, own, relu, accumulate, width,         \
                 c + r * n + first, n);                                                            \
        }                                                                                          \
        for (; r < end; r++) {                                                                     \
          if (layout == BFLOAT16_ROWS)                                                             \
            NAME(a + r * half, half, 1, 1, panel, half, own, relu, accumulate, width,              \
                 c + r * n + first, n);                                                            \
          else                                                                                     \
            NAME(a + r / BLOCK * BLOCK * half + r % BLOCK, 1, BLOCK, 1, panel, half, own, relu,    \
                 accumulate, width, c + r * n + first, n);                                         \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
  }

/* Without the instruction: a bfloat16 is the upper half of a float32. */
#define ADD_HALVES(SUM, A, B)                                                                      \
  ((SUM) + (vector)((A) << 16) * (vector)((B) << 16) +                                             \
   (vector)((A)&0xffff0000) * (vector)((B)&0xffff0000))
DEFINE_BLOCK(block_by_halves, , ADD_HALVES)

VECTOR_CODE
static void multiply_by_halves(const uint32_t *a, bfloat16_layout layout, const uint32_t *b,
                               size_t m, size_t n, size_t k, const float *bias, bool relu,
                               bool accumulate, float *c) {
#pragma clang fp contract(fast)
  block_by_halves_all(a, layout, b, m, n, k, bias, relu, accumulate, c);
}

#ifdef __x86_64__
#include <immintrin.h>
#define WITH_BFLOAT16 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16")))

#define ADD_PAIRS(SUM, A, B) (vector) _mm512_dpbf16_ps((__m512)(SUM), (__m512bh)(A), (__m512bh)(B))
DEFINE_BLOCK(block_by_pairs, WITH_BFLOAT16, ADD_PAIRS)

static WITH_BFLOAT16 void multiply_by_pairs(const uint32_t *a, bfloat16_layout layout,
                                            const uint32_t *b, size_t m, size_t n, size_t k,
                                            const float *bias, bool relu, bool accumulate,
                                            float *c) {
  block_by_pairs_all(a, layout, b, m, n, k, bias, relu, accumulate, c);
}
#endif

void bfloat16_multiply(const float *a, bfloat16_layout layout, const float *b, size_t m, size_t n,
                       size_t k, const float *bias, bool relu, bool accumulate, float *c) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512bf16")) {
    multiply_by_pairs((const uint32_t *)a, layout, (const uint32_t *)b, m, n, k, bias, relu,
                      accumulate, c);
    return;
  }
#endif
  multiply_by_halves((const uint32_t *)a, layout, (const uint32_t *)b, m, n, k, bias, relu,
                     accumulate, c);
}
