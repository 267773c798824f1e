#include "relative_scores.h"

#include <string.h>

/* The side of a square that fits into the nearest cache; it is read in one direction and written
 * in the other. */
enum { SIDE = 16 };

static inline size_t lesser(size_t a, size_t b) { return a < b ? a : b; }

void relative_scores_add(const float *by_distance, size_t distance_line, size_t n, bool transposed,
                         float *scores, size_t line) {
  if (!transposed) {
    for (size_t r = 0; r < n; r++) {
      const float *from = by_distance + r * distance_line + (n - 1 - r);
      for (size_t o = 0; o < n; o++)
        scores[r * line + o] += from[o];
    }
    return;
  }
  for (size_t first = 0; first < n; first += SIDE)
    for (size_t start = 0; start < n; start += SIDE)
      for (size_t o = start; o < lesser(start + SIDE, n); o++)
        for (size_t r = first; r < lesser(first + SIDE, n); r++)
          scores[o * line + r] += by_distance[r * distance_line + o + n - 1 - r];
}

void relative_scores_spread(const float *scores, size_t line, size_t n, bool transposed,
                            float *by_distance, size_t distance_line) {
  for (size_t r = 0; r < n; r++) {
    float *to = by_distance + r * distance_line;
    memset(to, 0, (n - 1 - r) * sizeof *to);
    memset(to + 2 * n - 1 - r, 0, (distance_line - (2 * n - 1 - r)) * sizeof *to);
    if (!transposed)
      memcpy(to + n - 1 - r, scores + r * line, n * sizeof *to);
  }
  if (!transposed)
    return;
  for (size_t first = 0; first < n; first += SIDE)
    for (size_t start = 0; start < n; start += SIDE)
      for (size_t r = first; r < lesser(first + SIDE, n); r++)
        for (size_t o = start; o < lesser(start + SIDE, n); o++)
          by_distance[r * distance_line + o + n - 1 - r] = scores[o * line + r];
}

static inline size_t row_of(relative_rows rows, ptrdiff_t distance) {
  ptrdiff_t nearest = distance > rows.furthest ? rows.furthest : distance;
  return (size_t)rows.rows[nearest < -rows.furthest ? -rows.furthest : nearest];
}

void relative_lines(const float *table, size_t line, size_t size, relative_rows rows,
                    ptrdiff_t first, ptrdiff_t step, size_t count, float *lines) {
  for (size_t i = 0; i < count; i++, first += step)
    memcpy(lines + i * size, table + row_of(rows, first) * line, size * sizeof *lines);
}

void relative_lines_add(const float *restrict lines, size_t size, relative_rows rows,
                        ptrdiff_t first, ptrdiff_t step, size_t count, float *restrict table,
                        size_t line) {
  for (size_t i = 0; i < count; i++, first += step) {
    float *to = table + row_of(rows, first) * line;
    for (size_t j = 0; j < size; j++)
      to[j] += lines[i * size + j];
  }
}
