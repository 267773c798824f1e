#include "small_products.h"
#include "transpose_square.h"
#include "vector_code.h"

enum { LANES = 16, PANEL = SMALL_PRODUCT_PANEL, BLOCK = 8 };
/* The prefetch distance when 16 lines are read in parallel. */
enum { AHEAD = 4 * LANES };

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

static inline __attribute__((always_inline)) void
columns(size_t wide, size_t m, size_t k, const float *a, size_t a_line, size_t a_step,
        const float *b, size_t b_line, float *c, size_t line, bool accumulate) {
  size_t r = 0;
#define BLOCKS(count)                                                                              \
  for (; r + count <= m; r += count)                                                               \
    block(count, wide, k, a + r * a_line, a_line, a_step, b, b_line, c + r * line, line,           \
          accumulate);
  BLOCKS(8)
  BLOCKS(4)
  BLOCKS(1)
#undef BLOCKS
}

static inline __attribute__((always_inline)) void product(size_t m, size_t n, size_t k,
                                                          const float *a, size_t a_line,
                                                          size_t a_step, small_factor b, float *c,
                                                          size_t line, bool accumulate) {
  size_t first = 0;
  for (; first + PANEL <= n; first += PANEL)
    columns(2, m, k, a, a_line, a_step, b.values + first / PANEL * b.other, b.line, c + first, line,
            accumulate);
  const float *rest = b.values + first / PANEL * b.other;
  if (first + LANES <= n) {
    columns(1, m, k, a, a_line, a_step, rest, b.line, c + first, line, accumulate);
    first += LANES;
    rest += LANES;
  }
  for (size_t r = 0; r < m; r++)
    for (size_t j = 0; j < n - first; j++) {
      float sum = accumulate ? c[r * line + first + j] : 0.0f;
      for (size_t i = 0; i < k; i++)
        sum += a[r * a_line + i * a_step] * rest[i * b.line + j];
      c[r * line + first + j] = sum;
    }
}

VECTOR_CODE
void small_product(size_t m, size_t n, size_t k, small_factor a, small_factor b, float *c,
                   size_t line, bool accumulate) {
  if (a.other == 1)
    product(m, n, k, a.values, a.line, 1, b, c, line, accumulate);
  else
    product(m, n, k, a.values, 1, a.other, b, c, line, accumulate);
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
