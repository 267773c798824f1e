#include "bfloat16_products.h"
#include "vector_code.h"

#include <stdint.h>
#include <string.h>

/* The sums of BLOCK rows times PANEL columns are in registers. */
enum { LANES = 16, PANEL = 2 * LANES, BLOCK = 8 };
/* Rows of A with this number of pairs stay in the second-level cache while all panels of B are
 * processed. */
enum { CHUNK = 160 * 1024 };
/* A block of rows prefetches one of PARTS parts of the next panel. */
enum { PARTS = 16, LINE = 16 };
/* Two bfloat16 per element, the first in the lower half. */
typedef uint32_t pairs __attribute__((vector_size(LANES * 4), aligned(4)));
typedef float vector __attribute__((vector_size(LANES * 4), aligned(4)));

/* Writes one row's part of a panel, only the columns that exist. */
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

/* Rows from r up to `end`, COUNT at a time; a single row would wait for each of its sums. */
#define BLOCKS(NAME, COUNT)                                                                        \
  for (; r + COUNT <= end; r += COUNT) {                                                           \
    const uint32_t *ahead = next + (r - start) / BLOCK % PARTS * (PANEL / PARTS) * half;           \
    if (layout == BFLOAT16_ROWS)                                                                   \
      NAME(a + r * half, half, 1, COUNT, panel, ahead, half, own, relu, accumulate, width,         \
           c + r * n + first, n);                                                                  \
    else                                                                                           \
      NAME(a + r / BLOCK * BLOCK * half + r % BLOCK, 1, BLOCK, COUNT, panel, ahead, half, own,     \
           relu, accumulate, width, c + r * n + first, n);                                         \
  }

/* `count` rows (a constant wherever this is inlined) times one panel. The pairs of consecutive
 * rows are `row` apart, consecutive pairs of a row `step` apart. C, which is often not in any
 * cache, is prefetched meanwhile, and so is the part of B at `ahead`. */
#define DEFINE_BLOCK(NAME, ATTRIBUTES, ADD)                                                        \
  static inline __attribute__((always_inline)) ATTRIBUTES void NAME(                               \
      const uint32_t *a, size_t row, size_t step, size_t count, const uint32_t *panel,             \
      const uint32_t *ahead, size_t half, const float *bias, bool relu, bool accumulate,           \
      size_t width, float *c, size_t n) {                                                          \
    vector sums[BLOCK][2];                                                                         \
    for (size_t r = 0; r < count; r++) {                                                           \
      sums[r][0] = sums[r][1] = (vector){0};                                                       \
      __builtin_prefetch(c + r * n, 1);                                                            \
      __builtin_prefetch(c + r * n + width - 1, 1);                                                \
    }                                                                                              \
    for (size_t i = 0; i < half; i++, a += step, panel += PANEL) {                                 \
      if (i % (LINE * PARTS / PANEL) == 0)                                                         \
        __builtin_prefetch(ahead + i * PANEL / PARTS, 0, 2);                                       \
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
    size_t half = (k + 1) / 2, blocks = CHUNK / BLOCK / (half + 1);                                \
    size_t rows = blocks > 0 ? blocks * BLOCK : BLOCK;                                             \
    for (size_t start = 0; start < m; start += rows) {                                             \
      size_t end = m - start < rows ? m : start + rows;                                            \
      for (size_t first = 0; first < n; first += PANEL) {                                          \
        const uint32_t *panel = b + first * half;                                                  \
        const uint32_t *next = first + PANEL < n ? panel + PANEL * half : panel;                   \
        size_t width = n - first < PANEL ? n - first : PANEL, r = start;                           \
        const float *own = bias ? bias + first : 0;                                                \
        BLOCKS(NAME, BLOCK)                                                                        \
        BLOCKS(NAME, 4)                                                                            \
        BLOCKS(NAME, 2)                                                                            \
        BLOCKS(NAME, 1)                                                                            \
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
#define WITH_BFLOAT16                                                                              \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,prfchw")))

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
