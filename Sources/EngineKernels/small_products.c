#include "register_count.h"
#include "small_products.h"
#include "transpose_square.h"
#include "vector_code.h"

enum { LANES = 16, PANEL = SMALL_PRODUCT_PANEL, BLOCK = 8 };
/* The prefetch distance when 16 lines are read in parallel. */
enum { AHEAD = 4 * LANES };
/* The most lines of columns that are copied to be padded: 32 kB. */
enum { LONGEST_PADDED = 512 };

typedef float vector __attribute__((vector_size(LANES * 4), aligned(4)));

/* `count` lines of A times `wide` vectors of a panel; both are constants wherever this is
 * inlined. */
static inline __attribute__((always_inline)) void
block(size_t count, size_t wide, size_t k, const float *a, size_t a_line, size_t a_step,
      const float *b, size_t b_line, float *c, size_t line, bool accumulate) {
#pragma clang fp contract(fast)
  vector sums[BLOCK][PANEL / LANES];
  for (size_t r = 0; r < count; r++)
    for (size_t v = 0; v < wide; v++)
      sums[r][v] = (vector){0};
  for (size_t i = 0; i < k; i++, a += a_step, b += b_line)
    for (size_t r = 0; r < count; r++)
      for (size_t v = 0; v < wide; v++)
        sums[r][v] += *(const vector *)(b + v * LANES) * a[r * a_line];
  for (size_t r = 0; r < count; r++, c += line)
    for (size_t v = 0; v < wide; v++) {
      vector *to = (vector *)(c + v * LANES);
      *to = accumulate ? *to + sums[r][v] : sums[r][v];
    }
}

/* All lines of A times `wide` vectors of a panel, `most` lines at once: 8 or 6. */
static inline __attribute__((always_inline)) void
columns(size_t most, size_t wide, size_t m, size_t k, const float *a, size_t a_line, size_t a_step,
        const float *b, size_t b_line, float *c, size_t line, bool accumulate) {
  size_t r = 0;
#define BLOCKS(count)                                                                              \
  for (; r + count <= m; r += count)                                                               \
    block(count, wide, k, a + r * a_line, a_line, a_step, b, b_line, c + r * line, line,           \
          accumulate);
  if (most == 8) {
    BLOCKS(8)
    BLOCKS(4)
  } else {
    BLOCKS(6)
    BLOCKS(3)
  }
  BLOCKS(1)
#undef BLOCKS
}

/* The last columns, fewer than LANES: padded with zeros if they are not too long. */
static inline __attribute__((always_inline)) void
last_columns(size_t m, size_t n, size_t k, const float *a, size_t a_line, size_t a_step,
             const float *b, size_t b_line, float *c, size_t line, bool accumulate) {
  if (k > LONGEST_PADDED) {
    for (size_t r = 0; r < m; r++)
      for (size_t j = 0; j < n; j++) {
        float sum = 0.0f;
        for (size_t i = 0; i < k; i++)
          sum += a[r * a_line + i * a_step] * b[i * b_line + j];
        c[r * line + j] = accumulate ? c[r * line + j] + sum : sum;
      }
    return;
  }
  vector padded[LONGEST_PADDED];
  for (size_t i = 0; i < k; i++) {
    padded[i] = (vector){0};
    for (size_t j = 0; j < n; j++)
      padded[i][j] = b[i * b_line + j];
  }
  for (size_t r = 0; r < m; r += 6) {
    size_t count = m - r < 6 ? m - r : 6;
    vector sums[6];
    columns(6, 1, count, k, a + r * a_line, a_line, a_step, (const float *)padded, LANES,
            (float *)sums, LANES, false);
    for (size_t own = 0; own < count; own++)
      for (size_t j = 0; j < n; j++) {
        float *to = c + (r + own) * line + j;
        *to = accumulate ? *to + sums[own][j] : sums[own][j];
      }
  }
}

static inline __attribute__((always_inline)) void product(bool is_512, size_t m, size_t n, size_t k,
                                                          const float *a, size_t a_line,
                                                          size_t a_step, small_factor b, float *c,
                                                          size_t line, bool accumulate) {
  size_t first = 0;
  /* The sums must fit into the registers: 8 lines of two vectors into 32 of 16 numbers, 6 lines of
   * one into 16 of 8 numbers. */
  if (is_512)
    for (; first + PANEL <= n; first += PANEL)
      columns(8, 2, m, k, a, a_line, a_step, b.values + first / PANEL * b.other, b.line, c + first,
              line, accumulate);
  for (; first + LANES <= n; first += LANES) {
    const float *half = b.values + first / PANEL * b.other + first % PANEL;
    if (is_512)
      columns(8, 1, m, k, a, a_line, a_step, half, b.line, c + first, line, accumulate);
    else
      columns(6, 1, m, k, a, a_line, a_step, half, b.line, c + first, line, accumulate);
  }
  if (first < n)
    last_columns(m, n - first, k, a, a_line, a_step,
                 b.values + first / PANEL * b.other + first % PANEL, b.line, c + first, line,
                 accumulate);
}

VECTOR_CODE
void small_product(size_t m, size_t n, size_t k, small_factor a, small_factor b, float *c,
                   size_t line, bool accumulate) {
  bool is_512 = has_512_bit_registers();
  if (a.other == 1)
    product(is_512, m, n, k, a.values, a.line, 1, b, c, line, accumulate);
  else
    product(is_512, m, n, k, a.values, 1, a.other, b, c, line, accumulate);
}

VECTOR_CODE
void small_product_panels(const float *before, size_t before_lines, const float *from, size_t lines,
                          size_t line, size_t size, float *panels) {
  size_t all = before_lines + lines;
  for (size_t first = 0; first < all; first += LANES) {
    float *to = panels + first / PANEL * PANEL * size + first % PANEL;
    const float *sources[LANES];
    size_t present = all - first < LANES ? all - first : LANES;
    for (size_t i = 0; i < present; i++) {
      size_t place = first + i;
      sources[i] =
          place < before_lines ? before + place * line : from + (place - before_lines) * line;
    }
    size_t start = 0;
    for (; start + LANES <= size; start += LANES) {
      vector square[LANES];
      for (size_t i = 0; i < LANES; i++) {
        square[i] = i < present ? *(const vector *)(sources[i] + start) : (vector){0};
        if (i < present)
          __builtin_prefetch(sources[i] + start + AHEAD);
      }
      TRANSPOSE_SQUARE(vector, square)
      for (size_t i = 0; i < LANES; i++)
        *(vector *)(to + (start + i) * PANEL) = square[i];
    }
    for (; start < size; start++)
      for (size_t i = 0; i < LANES; i++)
        to[start * PANEL + i] = i < present ? sources[i][start] : 0.0f;
  }
  /* An odd number of vectors fills only half of a panel. */
  size_t end = (all + LANES - 1) / LANES * LANES;
  if (end % PANEL)
    for (size_t i = 0; i < size; i++)
      *(vector *)(panels + end / PANEL * PANEL * size + i * PANEL + end % PANEL) = (vector){0};
}
