#include "bfloat16_products.h"
#include "transpose_square.h"

#include <stdint.h>
#include <string.h>

/* Vectors are passed only between inlined functions. */
#pragma clang diagnostic ignored "-Wpsabi"

enum { LANES = 16, PANEL = 2 * LANES, BLOCK = 8 };
/* TILE pairs of lines are packed at a time, GROUP columns of each, while the next ones are
 * prefetched: hardware prefetchers can follow only a few lines. */
enum { TILE = 16, GROUP = BFLOAT16_PART };
/* The prefetch distance within a row when 16 rows are read in parallel. */
enum { AHEAD = 2 * PANEL };

/* Two bfloat16 per element, the first in the lower half; or the bits of a float32. */
typedef uint32_t pairs __attribute__((vector_size(LANES * 4), aligned(4)));

static size_t rounded(size_t n, size_t to) { return (n + to - 1) / to * to; }

size_t bfloat16_rows_count(size_t m, size_t k) { return m * ((k + 1) / 2); }
size_t bfloat16_blocks_count(size_t m, size_t k) { return rounded(m, BLOCK) * ((k + 1) / 2); }
size_t bfloat16_panels_count(size_t k, size_t n) { return rounded(n, PANEL) * ((k + 1) / 2); }

/* The upper halves of float32s, rounded to nearest, ties to even; NaN stays NaN. */
static inline __attribute__((always_inline)) pairs rounded_halves(pairs bits) {
  pairs nearest = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  pairs isNaN = (pairs)((bits & 0x7fffffff) > 0x7f800000);
  return (isNaN & ((bits >> 16) | 0x40)) | (~isNaN & nearest);
}

/* Pairs from 16 columns of two lines. */
static inline __attribute__((always_inline)) pairs pairs_of_lines(const float *first,
                                                                  const float *second) {
  return rounded_halves(*(const pairs *)first) | rounded_halves(*(const pairs *)second) << 16;
}

/* Pairs from 32 neighbours of a row. */
static inline __attribute__((always_inline)) pairs pairs_of_row(const float *row) {
  pairs low = *(const pairs *)row, high = *(const pairs *)(row + LANES);
  pairs even =
      __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  pairs odd =
      __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return rounded_halves(even) | rounded_halves(odd) << 16;
}

static const float zeros[PANEL];

/* The packers, parameterized by the functions that make pairs; lines and rows shorter than a
 * vector are padded with zeros. */
#define DEFINE_PACKERS(NAME, ATTRIBUTES, OF_LINES, OF_ROW)                                         \
  static inline __attribute__((always_inline))                                                     \
  ATTRIBUTES pairs NAME##_line_ends(const float *first, const float *second, size_t width) {       \
    float ends[2][LANES] = {{0}};                                                                  \
    memcpy(ends[0], first, width * sizeof *first);                                                 \
    memcpy(ends[1], second, width * sizeof *second);                                               \
    return OF_LINES(ends[0], ends[1]);                                                             \
  }                                                                                                \
                                                                                                   \
  static inline __attribute__((always_inline))                                                     \
  ATTRIBUTES pairs NAME##_row_end(const float *row, size_t width) {                                \
    float end[PANEL] = {0};                                                                        \
    memcpy(end, row, width * sizeof *row);                                                         \
    return OF_ROW(end);                                                                            \
  }                                                                                                \
                                                                                                   \
  static ATTRIBUTES void NAME##_rows(const float *a, size_t m, size_t k, uint32_t *to) {           \
    size_t rows = k % 2 ? m : 1, count = k % 2 ? k : m * k;                                        \
    for (size_t row = 0; row < rows; row++, a += count, to += (count + 1) / 2) {                   \
      size_t i = 0;                                                                                \
      for (; i + PANEL <= count; i += PANEL)                                                       \
        *(pairs *)(to + i / 2) = OF_ROW(a + i);                                                    \
      if (i < count) {                                                                             \
        pairs end = NAME##_row_end(a + i, count - i);                                              \
        memcpy(to + i / 2, &end, (count - i + 1) / 2 * sizeof *to);                                \
      }                                                                                            \
    }                                                                                              \
  }                                                                                                \
                                                                                                   \
  /* Lines 2 i and 2 i + 1 of b (k, n), 16 columns from `first` on. */                             \
  static inline __attribute__((always_inline))                                                     \
  ATTRIBUTES pairs NAME##_columns(const float *b, size_t i, size_t k, size_t n, size_t first) {    \
    const float *line = b + 2 * i * n + first;                                                     \
    size_t width = n - first < LANES ? n - first : LANES;                                          \
    const float *next = 2 * i + 1 < k ? line + n : zeros;                                          \
    __builtin_prefetch(line + GROUP);                                                              \
    __builtin_prefetch(line + n + GROUP);                                                          \
    return width == LANES ? OF_LINES(line, next) : NAME##_line_ends(line, next, width);            \
  }                                                                                                \
                                                                                                   \
  static ATTRIBUTES void NAME##_blocks(const float *a, size_t m, size_t k, uint32_t *to) {         \
    size_t half = (k + 1) / 2;                                                                     \
    for (size_t start = 0; start < half; start += TILE)                                            \
      for (size_t group = 0; group < m; group += GROUP)                                            \
        for (size_t i = start; i < start + TILE && i < half; i++)                                  \
          for (size_t first = group; first < group + GROUP && first < m; first += LANES) {         \
            pairs columns = NAME##_columns(a, i, k, m, first);                                     \
            uint32_t *block = to + first * half + i * BLOCK;                                       \
            memcpy(block, &columns, BLOCK * sizeof *to);                                           \
            if (first + BLOCK < m)                                                                 \
              memcpy(block + BLOCK * half, (const uint32_t *)&columns + BLOCK,                     \
                     BLOCK * sizeof *to);                                                          \
          }                                                                                        \
  }                                                                                                \
                                                                                                   \
  static ATTRIBUTES void NAME##_panels(const float *b, size_t k, size_t n, size_t from,            \
                                       size_t end, uint32_t *to) {                                 \
    size_t half = (k + 1) / 2;                                                                     \
    for (size_t start = 0; start < half; start += TILE)                                            \
      for (size_t group = from; group < end; group += GROUP)                                       \
        for (size_t i = start; i < start + TILE && i < half; i++)                                  \
          for (size_t first = group; first < group + GROUP && first < n; first += PANEL) {         \
            uint32_t *line = to + first * half + i * PANEL;                                        \
            *(pairs *)line = NAME##_columns(b, i, k, n, first);                                    \
            *(pairs *)(line + LANES) =                                                             \
                first + LANES < n ? NAME##_columns(b, i, k, n, first + LANES) : (pairs){0};        \
          }                                                                                        \
  }                                                                                                \
                                                                                                   \
  /* b (n, k) */                                                                                   \
  static ATTRIBUTES void NAME##_transposed_panels(const float *b, size_t k, size_t n, size_t from, \
                                                  size_t end, uint32_t *to) {                      \
    size_t half = (k + 1) / 2;                                                                     \
    for (size_t first = from; first < rounded(end, PANEL); first += LANES) {                       \
      uint32_t *panel = to + first / PANEL * PANEL * half + first % PANEL;                         \
      for (size_t start = 0; start < half; start += LANES) {                                       \
        pairs square[LANES];                                                                       \
        size_t width = k - 2 * start < PANEL ? k - 2 * start : PANEL;                              \
        for (size_t j = 0; j < LANES; j++) {                                                       \
          const float *row = b + (first + j) * k + 2 * start;                                      \
          __builtin_prefetch(row + AHEAD);                                                         \
          __builtin_prefetch(row + AHEAD + LANES);                                                 \
          square[j] = first + j >= n   ? (pairs){0}                                                \
                      : width == PANEL ? OF_ROW(row)                                               \
                                       : NAME##_row_end(row, width);                               \
        }                                                                                          \
        TRANSPOSE_SQUARE(pairs, square)                                                            \
        for (size_t i = 0; i < LANES && start + i < half; i++)                                     \
          *(pairs *)(panel + (start + i) * PANEL) = square[i];                                     \
      }                                                                                            \
    }                                                                                              \
  }

DEFINE_PACKERS(pack_by_bits, , pairs_of_lines, pairs_of_row)

#ifdef __x86_64__
#include <immintrin.h>
#define WITH_BFLOAT16 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16")))

static inline __attribute__((always_inline)) WITH_BFLOAT16 pairs rounded_row(const float *row) {
  return (pairs)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(row + LANES), _mm512_loadu_ps(row));
}

static inline __attribute__((always_inline)) WITH_BFLOAT16 pairs
rounded_lines(const float *first, const float *second) {
  typedef uint16_t halves __attribute__((vector_size(64)));
  halves both = (halves)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(second), _mm512_loadu_ps(first));
  return (pairs)__builtin_shufflevector(both, both, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22,
                                        7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30,
                                        15, 31);
}

DEFINE_PACKERS(pack_by_instruction, WITH_BFLOAT16, rounded_lines, rounded_row)
#define PACK(packer, ...)                                                                          \
  if (__builtin_cpu_supports("avx512bf16"))                                                        \
    pack_by_instruction_##packer(__VA_ARGS__, (uint32_t *)packed);                                 \
  else                                                                                             \
    pack_by_bits_##packer(__VA_ARGS__, (uint32_t *)packed)
#else
#define PACK(packer, ...) pack_by_bits_##packer(__VA_ARGS__, (uint32_t *)packed)
#endif

void bfloat16_pack_rows(const float *a, size_t m, size_t k, float *packed) { PACK(rows, a, m, k); }

void bfloat16_pack_blocks(const float *a, size_t m, size_t k, float *packed) {
  PACK(blocks, a, m, k);
}

void bfloat16_pack_panels(const float *b, bool transposed, size_t k, size_t n, size_t first,
                          size_t end, float *packed) {
  if (transposed) {
    PACK(transposed_panels, b, k, n, first, end);
  } else {
    PACK(panels, b, k, n, first, end);
  }
}
