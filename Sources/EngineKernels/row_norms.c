#include "row_norms.h"
#include "optimizers.h"
#include "embedding_row.h"
#include "vector_code.h"

#include <string.h>

/* Lines whose products with another line are computed in one pass over that line. */
enum { TOGETHER = 4 };

/* dots[k] = a · (line k of b), for TOGETHER lines. */
static inline __attribute__((always_inline)) void dot_lines(const float *a, const float *b,
                                                            size_t width, float *dots) {
  SUMS_IN_ANY_ORDER
  float d0 = 0.0f, d1 = 0.0f, d2 = 0.0f, d3 = 0.0f;
  const float *b1 = b + width, *b2 = b1 + width, *b3 = b2 + width;
  for (size_t j = 0; j < width; j++) {
    d0 += a[j] * b[j];
    d1 += a[j] * b1[j];
    d2 += a[j] * b2[j];
    d3 += a[j] * b3[j];
  }
  dots[0] = d0;
  dots[1] = d1;
  dots[2] = d2;
  dots[3] = d3;
}

static inline __attribute__((always_inline)) float dot(const float *a, const float *b,
                                                       size_t width) {
  SUMS_IN_ANY_ORDER
  float sum = 0.0f;
  for (size_t j = 0; j < width; j++)
    sum += a[j] * b[j];
  return sum;
}

VECTOR_CODE
double outer_products_norm(const float *x, size_t inputs, const float *g, size_t outputs,
                           size_t lines) {
  double norm = 0.0, mixed = 0.0;
  for (size_t s = 0; s < lines; s++) {
    const float *xs = x + s * inputs, *gs = g + s * outputs;
    norm += (double)dot(xs, xs, inputs) * (double)dot(gs, gs, outputs);
    size_t t = 0;
    for (; t + TOGETHER <= s; t += TOGETHER) {
      float xx[TOGETHER], gg[TOGETHER];
      dot_lines(xs, x + t * inputs, inputs, xx);
      dot_lines(gs, g + t * outputs, outputs, gg);
      for (int k = 0; k < TOGETHER; k++)
        mixed += (double)xx[k] * (double)gg[k];
    }
    for (; t < s; t++)
      mixed += (double)dot(xs, x + t * inputs, inputs) * (double)dot(gs, g + t * outputs, outputs);
  }
  /* Rounding may leave a sum of opposite terms a little below zero. */
  norm += 2.0 * mixed;
  return norm > 0.0 ? norm : 0.0;
}

VECTOR_CODE
double line_sum_norm(const float *g, size_t lines, size_t width, float *sum) {
  if (lines == 1)
    return sum_of_squares(g, width);
  memset(sum, 0, width * sizeof *sum);
  for (size_t line = 0; line < lines; line++, g += width)
    for (size_t j = 0; j < width; j++)
      sum[j] += g[j];
  return sum_of_squares(sum, width);
}

double embedding_norm(const float *indices, const float *g, size_t lines, size_t vocabulary,
                      size_t width, float *sum) {
  double norm = 0.0;
  for (size_t line = 0; line < lines; line++) {
    size_t row = embedding_row(indices[line], vocabulary), earlier = 0, repeats = 0;
    while (earlier < line && embedding_row(indices[earlier], vocabulary) != row)
      earlier++;
    if (row >= vocabulary || earlier < line)
      continue;
    for (size_t later = line + 1; later < lines; later++) {
      if (embedding_row(indices[later], vocabulary) != row)
        continue;
      if (!repeats++)
        memcpy(sum, g + line * width, width * sizeof *sum);
      add_values(sum, g + later * width, width);
    }
    norm += sum_of_squares(repeats ? sum : g + line * width, width);
  }
  return norm;
}

void leaf_sums_norms(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                     size_t row_step, size_t rows, const float *values, const float *y_gradient,
                     double *norms) {
  double square = (double)sums->factor * (double)sums->factor;
  for (size_t row = 0; row < rows; row++) {
    const float *g = y_gradient + row * sums->outputs;
    double norm = 0.0;
    if (sums->aggregate != LEAVES_SUM) {
      for (size_t o = 0; o < sums->outputs; o++)
        if (leaf_sums_chosen(sums, leaf + row * row_step, tree_step, values, o) != SIZE_MAX)
          norm += (double)g[o] * (double)g[o];
    } else if (sums->tree_outputs) {
      /* The leaves of different trees are different values. */
      for (size_t tree = 0; tree < sums->trees; tree++) {
        double own = (double)g[sums->tree_outputs[tree]];
        norm += own * own;
      }
    } else {
      norm = (double)sums->trees * sum_of_squares(g, sums->outputs);
    }
    norms[row] += norm * square;
  }
}
