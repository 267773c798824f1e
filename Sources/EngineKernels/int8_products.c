#include "int8_products.h"
#include "vector_code.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The sums of BLOCK rows times PANEL columns are in registers. */
enum { LANES = 16, PANEL = INT8_PART, BLOCK = 8 };
/* A rounded row begins with its scale and its zero, a panel with sums and scales of its columns. */
enum { ROW_HEAD = 2, PANEL_HEAD = 2 * PANEL };

typedef float vector __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t integers __attribute__((vector_size(LANES * 4), aligned(4)));
typedef uint8_t bytes __attribute__((vector_size(LANES), aligned(1)));

static size_t quads(size_t inputs) { return (inputs + 3) / 4; }
static size_t panel_count(size_t inputs) { return PANEL_HEAD + quads(inputs) * PANEL; }

size_t int8_row_count(size_t inputs) { return ROW_HEAD + quads(inputs); }
size_t int8_packed_count(size_t inputs, size_t outputs) {
  return (outputs + PANEL - 1) / PANEL * panel_count(inputs);
}

void int8_pack(const int8_t *weight, bool input_major, const float *scales, size_t inputs,
               size_t outputs, float *packed) {
  for (size_t first = 0; first < outputs; first += PANEL, packed += panel_count(inputs)) {
    int32_t *sums = (int32_t *)packed;
    int8_t *panel = (int8_t *)(packed + PANEL_HEAD);
    memset(packed, 0, panel_count(inputs) * sizeof *packed);
    for (size_t lane = 0; lane < PANEL && first + lane < outputs; lane++) {
      size_t output = first + lane;
      packed[PANEL + lane] = scales[output];
      for (size_t i = 0; i < inputs; i++) {
        int8_t value = input_major ? weight[i * outputs + output] : weight[output * inputs + i];
        panel[(i / 4 * PANEL + lane) * 4 + i % 4] = value;
        sums[lane] += value;
      }
    }
  }
}

/* The smallest and the largest number of a row and 0; false if one is not finite. */
static inline __attribute__((always_inline)) bool range_of(const float *x, size_t count, float *low,
                                                           float *high) {
#pragma clang fp contract(fast)
  vector least[4] = {{0}}, most[4] = {{0}}, zeros[4] = {{0}};
  size_t i = 0;
  for (; i + 4 * LANES <= count; i += 4 * LANES)
    for (size_t part = 0; part < 4; part++) {
      vector value = *(const vector *)(x + i + part * LANES);
      least[part] = __builtin_elementwise_min(least[part], value);
      most[part] = __builtin_elementwise_max(most[part], value);
      /* Not zero if the number is an infinity or a NaN. */
      zeros[part] += value * 0.0f;
    }
  for (size_t part = 1; part < 4; part++) {
    least[0] = __builtin_elementwise_min(least[0], least[part]);
    most[0] = __builtin_elementwise_max(most[0], most[part]);
    zeros[0] += zeros[part];
  }
  float lows[LANES], highs[LANES], sums[LANES];
  memcpy(lows, least, sizeof lows);
  memcpy(highs, most, sizeof highs);
  memcpy(sums, zeros, sizeof sums);
#pragma clang loop unroll(full)
  for (size_t step = LANES / 2; step > 0; step /= 2)
#pragma clang loop unroll(full)
    for (size_t lane = 0; lane < step; lane++) {
      lows[lane] = lows[lane + step] < lows[lane] ? lows[lane + step] : lows[lane];
      highs[lane] = highs[lane + step] > highs[lane] ? highs[lane + step] : highs[lane];
      sums[lane] += sums[lane + step];
    }
  float zero = sums[0];
  *low = lows[0];
  *high = highs[0];
  for (; i < count; i++) {
    *low = x[i] < *low ? x[i] : *low;
    *high = x[i] > *high ? x[i] : *high;
    zero += x[i] * 0.0f;
  }
  return zero == 0.0f;
}

/* Adding 1.5 * 2^23 rounds to nearest, ties to even; the lower bits are then the whole number. */
#define SHIFT 12582912.0f
static inline __attribute__((always_inline)) int32_t whole_number(float value) {
#pragma clang fp contract(off)
  return (int32_t)((value + SHIFT) - SHIFT);
}
/* Sixteen numbers as bytes. The row's smallest number becomes 0; its largest may be rounded to 256.
 * `offset` is the zero minus the bits of SHIFT. */
#define ROUNDED(VALUE)                                                                             \
  __builtin_convertvector(__builtin_elementwise_min((integers)((VALUE)*inverse + SHIFT) + offset,  \
                                                    (integers){0} + 255),                          \
                          bytes)

VECTOR_CODE
void int8_round_rows(const float *x, size_t rows, size_t inputs, float *rounded) {
#pragma clang fp contract(off)
  for (size_t row = 0; row < rows; row++, x += inputs, rounded += int8_row_count(inputs)) {
    float low, high;
    bool is_finite = range_of(x, inputs, &low, &high);
    float scale = high / 255.0f - low / 255.0f;
    /* The inverse of a smaller scale would overflow. */
    float inverse = scale >= 0x1p-100f ? 1.0f / scale : 0.0f;
    int32_t zero = whole_number(-low * inverse);
    int32_t offset = zero - 0x4b400000;
    rounded[0] = is_finite ? inverse > 0.0f ? scale : 0.0f : __builtin_nanf("");
    memcpy(rounded + 1, &zero, sizeof zero);
    uint8_t *to = (uint8_t *)(rounded + ROW_HEAD);
    size_t i = 0;
    for (; i + LANES <= inputs; i += LANES) {
      bytes narrow = ROUNDED(*(const vector *)(x + i));
      *(bytes *)(to + i) = narrow;
    }
    if (i == inputs)
      continue;
    vector value = {0};
    memcpy(&value, x + i, (inputs - i) * sizeof *x);
    bytes narrow = ROUNDED(value);
    /* The padding up to four is multiplied by zeros. */
    memcpy(to + i, &narrow, quads(inputs) * 4 - i);
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
  int32_t zero;
  memcpy(&zero, row + 1, sizeof zero);
  for (size_t half = 0; half < 2; half++) {
    integers columns = *(const integers *)(to->panel + half * LANES);
    vector scales = *(const vector *)(to->panel + PANEL + half * LANES);
    vector value = __builtin_convertvector(sums[half] - columns * zero, vector) * (scales * row[0]);
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

/* All rows times the panels first ..< end, by BLOCK(to, row, count, quads), whose count is a
 * constant. */
#define DEFINE_MULTIPLY(NAME, ATTRIBUTES, BLOCK_OF)                                                \
  ATTRIBUTES static void NAME(const float *rounded, size_t rows, size_t inputs,                    \
                              const float *packed, size_t outputs, size_t first, size_t end,       \
                              const float *bias, bool relu, float *y) {                            \
    for (size_t part = first; part < end; part++) {                                                \
      size_t column = part * PANEL, row = 0;                                                       \
      target to = {.rounded = rounded,                                                             \
                   .row_words = int8_row_count(inputs),                                            \
                   .panel = packed + part * panel_count(inputs),                                   \
                   .bias = bias ? bias + column : NULL,                                            \
                   .relu = relu,                                                                   \
                   .width = outputs - column < PANEL ? outputs - column : PANEL,                   \
                   .y = y + column,                                                                \
                   .line = outputs};                                                               \
      for (; row + 8 <= rows; row += 8)                                                            \
        BLOCK_OF(&to, row, 8, quads(inputs));                                                      \
      for (; row + 4 <= rows; row += 4)                                                            \
        BLOCK_OF(&to, row, 4, quads(inputs));                                                      \
      for (; row < rows; row++)                                                                    \
        BLOCK_OF(&to, row, 1, quads(inputs));                                                      \
    }                                                                                              \
  }

/* On any processor. */
static inline __attribute__((always_inline)) void block_plain(const target *to, size_t row,
                                                              size_t count, size_t quads) {
  for (size_t r = row; r < row + count; r++) {
    const float *from = to->rounded + r * to->row_words;
    const uint8_t *a = (const uint8_t *)(from + ROW_HEAD);
    const int8_t *b = (const int8_t *)(to->panel + PANEL_HEAD);
    int32_t sums[PANEL] = {0};
    for (size_t i = 0; i < quads; i++, a += 4, b += 4 * PANEL)
      for (size_t lane = 0; lane < PANEL; lane++)
        sums[lane] += a[0] * b[4 * lane] + a[1] * b[4 * lane + 1] + a[2] * b[4 * lane + 2] +
                      a[3] * b[4 * lane + 3];
    integers both[2];
    memcpy(both, sums, sizeof both);
    finish(both, from, to, to->y + r * to->line);
  }
}
DEFINE_MULTIPLY(multiply_plain, , block_plain)

#if defined(__x86_64__)
#define WITH_PAIRS __attribute__((target("avx2")))

/* Bytes of even and of odd places are multiplied as 16-bit numbers, two of them in one sum. Four
 * rows' sums of half a panel fill the registers. */
static inline __attribute__((always_inline)) WITH_PAIRS void
block_pairs(const target *to, size_t row, size_t count, size_t quads) {
  integers both[BLOCK][2];
  for (size_t part = 0; part < 2; part++) {
    for (size_t start = 0; start < count; start += 4) {
      size_t some = count < 4 ? count : 4;
      const float *from = to->rounded + (row + start) * to->row_words + ROW_HEAD;
      const float *panel = to->panel + PANEL_HEAD + part * LANES;
      __m256i sums[4][2];
      for (size_t r = 0; r < some; r++)
        sums[r][0] = sums[r][1] = _mm256_setzero_si256();
      for (size_t i = 0; i < quads; i++, panel += PANEL)
        for (size_t half = 0; half < 2; half++) {
          __m256i weight = _mm256_loadu_si256((const __m256i *)(panel + half * 8));
          __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(weight, 8), 8);
          __m256i odd = _mm256_srai_epi16(weight, 8);
          for (size_t r = 0; r < some; r++) {
            int32_t quad;
            memcpy(&quad, from + r * to->row_words + i, sizeof quad);
            __m256i a = _mm256_set1_epi32(quad & 0x00ff00ff);
            __m256i b = _mm256_set1_epi32((int32_t)((uint32_t)quad >> 8) & 0x00ff00ff);
            sums[r][half] =
                _mm256_add_epi32(sums[r][half], _mm256_add_epi32(_mm256_madd_epi16(even, a),
                                                                 _mm256_madd_epi16(odd, b)));
          }
        }
      for (size_t r = 0; r < some; r++)
        memcpy(&both[start + r][part], sums[r], sizeof both[0][0]);
    }
  }
  for (size_t r = 0; r < count; r++)
    finish(both[r], to->rounded + (row + r) * to->row_words, to, to->y + (row + r) * to->line);
}
DEFINE_MULTIPLY(multiply_pairs, WITH_PAIRS, block_pairs)

#define WITH_QUADS __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,prfchw")))

static inline __attribute__((always_inline)) WITH_QUADS void
block_quads(const target *to, size_t row, size_t count, size_t quads) {
  const float *from = to->rounded + row * to->row_words + ROW_HEAD;
  const float *panel = to->panel + PANEL_HEAD;
  __m512i sums[BLOCK][2];
  for (size_t r = 0; r < count; r++) {
    sums[r][0] = sums[r][1] = _mm512_setzero_si512();
    /* The output is not in any cache. */
    __builtin_prefetch(to->y + (row + r) * to->line, 1);
    __builtin_prefetch(to->y + (row + r) * to->line + to->width - 1, 1);
  }
  for (size_t i = 0; i < quads; i++, panel += PANEL) {
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
DEFINE_MULTIPLY(multiply_quads, WITH_QUADS, block_quads)

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
