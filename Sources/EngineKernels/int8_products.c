#include "int8_layout.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The sums of BLOCK rows times PANEL columns are in registers. */
enum { PANEL = INT8_PART, BLOCK = 8 };
/* A panel begins with the sums and the scales of its columns. */
enum { PANEL_HEAD = 2 * PANEL };
/* The rows that are multiplied by all panels before the next ones; they stay in the cache. */
enum { ROWS_AT_ONCE = 64 };

typedef float vector __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t integers __attribute__((vector_size(LANES * 4), aligned(4)));

static size_t panel_count(size_t inputs) { return PANEL_HEAD + int8_groups(inputs) * PANEL; }

size_t int8_packed_count(size_t inputs, size_t outputs) {
  return (outputs + PANEL - 1) / PANEL * panel_count(inputs);
}

void int8_pack(const int8_t *weight, bool input_major, const float *scales, size_t inputs,
               size_t outputs, float *packed, int8_instructions instructions) {
  for (size_t first = 0; first < outputs; first += PANEL, packed += panel_count(inputs)) {
    int32_t *sums = (int32_t *)packed;
    uint8_t *panel = (uint8_t *)(packed + PANEL_HEAD);
    memset(packed, 0, PANEL_HEAD * sizeof *packed);
    for (size_t lane = 0; lane < PANEL; lane++) {
      size_t output = first + lane;
      bool exists = output < outputs;
      packed[PANEL + lane] = exists ? scales[output] : 0.0f;
      for (size_t i = 0; i < 4 * int8_groups(inputs); i++) {
        int8_t value = !exists || i >= inputs ? 0
                       : input_major          ? weight[i * outputs + output]
                                              : weight[output * inputs + i];
        uint8_t offset = instructions == INT8_PAIRS && i % 2 == 0 ? 128 : 0;
        panel[(i / 4 * PANEL + lane) * 4 + i % 4] = (uint8_t)((uint8_t)value + offset);
        sums[lane] += value;
      }
    }
  }
}

/* Where a block of sums goes. */
typedef struct {
  const float *rounded;
  size_t row_words;
  const float *panel;
  const float *bias; /* of the panel's columns; may be NULL */
  bool relu;
  size_t width; /* the existing columns */
  float *y;
  size_t line;
} target;

/* The sums of one row become numbers. */
static inline __attribute__((always_inline)) void finish(const integers *sums, const float *row,
                                                         const target *to, float *y) {
#pragma clang fp contract(off)
  int8_row_head head;
  memcpy(&head, row, sizeof head);
  for (size_t half = 0; half < 2; half++) {
    integers columns = *(const integers *)(to->panel + half * LANES);
    vector scales = *(const vector *)(to->panel + PANEL + half * LANES);
    integers whole = sums[half] - head.excess - columns * head.zero;
    vector value = __builtin_convertvector(whole, vector) * (scales * head.scale);
    size_t first = half * LANES;
    if (to->width == PANEL) {
      if (to->bias)
        value += *(const vector *)(to->bias + first);
      if (to->relu)
        value = __builtin_elementwise_max(value, (vector){0});
      *(vector *)(y + first) = value;
      continue;
    }
    for (size_t lane = 0; lane < LANES && first + lane < to->width; lane++) {
      float one = value[lane] + (to->bias ? to->bias[first + lane] : 0.0f);
      y[first + lane] = to->relu && !(one > 0.0f) ? 0.0f : one;
    }
  }
}

/* All rows times the panels first ..< end, by BLOCK_OF(to, row, count, groups), whose count is a
 * constant. */
#define DEFINE_MULTIPLY(NAME, ATTRIBUTES, BLOCK_OF, INSTRUCTIONS)                                  \
  ATTRIBUTES static void NAME(const float *rounded, size_t rows, size_t inputs,                    \
                              const float *packed, size_t outputs, size_t first, size_t end,       \
                              const float *bias, bool relu, float *y) {                            \
    size_t groups = int8_groups(inputs);                                                           \
    for (size_t start = 0; start < rows; start += ROWS_AT_ONCE)                                    \
      for (size_t part = first; part < end; part++) {                                              \
        size_t column = part * PANEL, row = start;                                                 \
        size_t last = rows - start < ROWS_AT_ONCE ? rows : start + ROWS_AT_ONCE;                   \
        target to = {.rounded = rounded,                                                           \
                     .row_words = int8_row_count(inputs, INSTRUCTIONS),                            \
                     .panel = packed + part * panel_count(inputs),                                 \
                     .bias = bias ? bias + column : NULL,                                          \
                     .relu = relu,                                                                 \
                     .width = outputs - column < PANEL ? outputs - column : PANEL,                 \
                     .y = y + column,                                                              \
                     .line = outputs};                                                             \
        for (; row + 8 <= last; row += 8)                                                          \
          BLOCK_OF(&to, row, 8, groups);                                                           \
        for (; row + 4 <= last; row += 4)                                                          \
          BLOCK_OF(&to, row, 4, groups);                                                           \
        for (; row < last; row++)                                                                  \
          BLOCK_OF(&to, row, 1, groups);                                                           \
      }                                                                                            \
  }

/* On any processor. */
static inline __attribute__((always_inline)) void block_plain(const target *to, size_t row,
                                                              size_t count, size_t groups) {
  for (size_t r = row; r < row + count; r++) {
    const float *from = to->rounded + r * to->row_words;
    const uint8_t *a = (const uint8_t *)(from + ROW_HEAD);
    const int8_t *b = (const int8_t *)(to->panel + PANEL_HEAD);
    int32_t sums[PANEL] = {0};
    for (size_t i = 0; i < groups; i++, a += 4, b += 4 * PANEL)
      for (size_t lane = 0; lane < PANEL; lane++)
        sums[lane] += a[0] * b[4 * lane] + a[1] * b[4 * lane + 1] + a[2] * b[4 * lane + 2] +
                      a[3] * b[4 * lane + 3];
    integers both[2];
    memcpy(both, sums, sizeof both);
    finish(both, from, to, to->y + r * to->line);
  }
}
DEFINE_MULTIPLY(multiply_plain, , block_plain, INT8_PLAIN)

#if defined(__x86_64__)
#define WITH_PAIRS __attribute__((target("avx2")))

/* The sums of four rows and half a panel fill the registers; see int8_layout.h. */
static inline __attribute__((always_inline)) WITH_PAIRS void
block_pairs(const target *to, size_t row, size_t count, size_t groups) {
  integers both[BLOCK][2];
  for (size_t part = 0; part < 2; part++) {
    for (size_t start = 0; start < count; start += 4) {
      size_t some = count < 4 ? count : 4;
      const float *from = to->rounded + (row + start) * to->row_words + ROW_HEAD;
      const float *panel = to->panel + PANEL_HEAD + part * LANES;
      __m256i sums[4][2];
      for (size_t r = 0; r < some; r++)
        sums[r][0] = sums[r][1] = _mm256_setzero_si256();
      for (size_t i = 0; i < groups; i++, panel += PANEL, from += 2) {
        __m256i pair[2], upper[2];
        for (size_t half = 0; half < 2; half++) {
          pair[half] = _mm256_loadu_si256((const __m256i *)(panel + half * 8));
          upper[half] = _mm256_srai_epi16(pair[half], 8);
        }
        for (size_t r = 0; r < some; r++) {
          int32_t words[2];
          memcpy(words, from + r * to->row_words, sizeof words);
          __m256i even = _mm256_set1_epi32(words[0]), odd = _mm256_set1_epi32(words[1]);
          for (size_t half = 0; half < 2; half++)
            sums[r][half] = _mm256_add_epi32(sums[r][half],
                                             _mm256_add_epi32(_mm256_madd_epi16(pair[half], even),
                                                              _mm256_madd_epi16(upper[half], odd)));
        }
      }
      for (size_t r = 0; r < some; r++)
        memcpy(&both[start + r][part], sums[r], sizeof both[0][0]);
    }
  }
  for (size_t r = 0; r < count; r++)
    finish(both[r], to->rounded + (row + r) * to->row_words, to, to->y + (row + r) * to->line);
}
DEFINE_MULTIPLY(multiply_pairs, WITH_PAIRS, block_pairs, INT8_PAIRS)

#define WITH_QUADS __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,prfchw")))

static inline __attribute__((always_inline)) WITH_QUADS void
block_quads(const target *to, size_t row, size_t count, size_t groups) {
  const float *from = to->rounded + row * to->row_words + ROW_HEAD;
  const float *panel = to->panel + PANEL_HEAD;
  __m512i sums[BLOCK][2];
  for (size_t r = 0; r < count; r++) {
    sums[r][0] = sums[r][1] = _mm512_setzero_si512();
    /* The output is not in any cache. */
    __builtin_prefetch(to->y + (row + r) * to->line, 1);
    __builtin_prefetch(to->y + (row + r) * to->line + to->width - 1, 1);
  }
  for (size_t i = 0; i < groups; i++, panel += PANEL) {
    __m512i low = _mm512_loadu_si512(panel), high = _mm512_loadu_si512(panel + LANES);
    for (size_t r = 0; r < count; r++) {
      int32_t quad;
      memcpy(&quad, from + r * to->row_words + i, sizeof quad);
      __m512i a = _mm512_set1_epi32(quad);
      sums[r][0] = _mm512_dpbusd_epi32(sums[r][0], a, low);
      sums[r][1] = _mm512_dpbusd_epi32(sums[r][1], a, high);
    }
  }
  for (size_t r = 0; r < count; r++) {
    integers both[2];
    memcpy(both, sums[r], sizeof both);
    finish(both, to->rounded + (row + r) * to->row_words, to, to->y + (row + r) * to->line);
  }
}
DEFINE_MULTIPLY(multiply_quads, WITH_QUADS, block_quads, INT8_QUADS)

int8_instructions int8_best_instructions(void) {
  if (__builtin_cpu_supports("avx512vnni"))
    return INT8_QUADS;
  return __builtin_cpu_supports("avx2") ? INT8_PAIRS : INT8_PLAIN;
}
#else
int8_instructions int8_best_instructions(void) { return INT8_PLAIN; }
#endif

void int8_multiply(const float *rounded, size_t rows, size_t inputs, const float *packed,
                   size_t outputs, size_t first, size_t end, const float *bias, bool relu, float *y,
                   int8_instructions instructions) {
#if defined(__x86_64__)
  if (instructions == INT8_QUADS)
    return multiply_quads(rounded, rows, inputs, packed, outputs, first, end, bias, relu, y);
  if (instructions == INT8_PAIRS)
    return multiply_pairs(rounded, rows, inputs, packed, outputs, first, end, bias, relu, y);
#endif
  multiply_plain(rounded, rows, inputs, packed, outputs, first, end, bias, relu, y);
}
