#ifndef ENGINE_KERNELS_RELATIVE_SCORES_H
#define ENGINE_KERNELS_RELATIVE_SCORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Attention scores from the relative positions of two tokens. In a text of n tokens there are 2n
 * − 1 distances. The scores of token r by distance are a line (2n − 1), in which token o has the
 * number at o − r + n − 1. */

/* Adds scores by distance (n, 2n − 1) to scores by token (n, n). r is the row of scores by
 * token, or the column if `transposed`. */
void relative_scores_add(const float *by_distance, size_t distance_line, size_t n, bool transposed,
                         float *scores, size_t line);

/* The reverse, for gradients; distances that do not occur for r get 0. */
void relative_scores_spread(const float *scores, size_t line, size_t n, bool transposed,
                            float *by_distance, size_t distance_line);

/* The rows of a table for distances: that of −furthest is in rows[−furthest], …; larger
 * distances use the furthest. */
typedef struct {
  const int32_t *rows;
  ptrdiff_t furthest;
} relative_rows;

/* Copies the rows (count, size) of the distances first, first + step, … from a table whose rows
 * are `line` floats apart. */
void relative_lines(const float *table, size_t line, size_t size, relative_rows rows,
                    ptrdiff_t first, ptrdiff_t step, size_t count, float *lines);

/* The reverse, for gradients: rows (count, size) are added to those of the table. */
void relative_lines_add(const float *lines, size_t size, relative_rows rows, ptrdiff_t first,
                        ptrdiff_t step, size_t count, float *table, size_t line);

#endif
