#ifndef KERNELS_RELATIVE_SCORES_H
#define KERNELS_RELATIVE_SCORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Attention's scores that follow from where two tokens of a text stand to each other. Of a text of
 * n tokens, token r meets the others at 2n − 1 distances; its scores by distance are a line
 * (2n − 1), of which token o has the number at o − r + n − 1. */

/* Adds scores by distance (n, 2n − 1) to scores by token (n, n): r is the line there, or, if
 * `transposed`, the column. */
void relative_scores_add(const float *by_distance, size_t distance_line, size_t n, bool transposed,
                         float *scores, size_t line);

/* The reverse, for gradients; distances that r does not meet get 0. */
void relative_scores_spread(const float *scores, size_t line, size_t n, bool transposed,
                            float *by_distance, size_t distance_line);

/* Where a table has the lines of distances: of −furthest in row rows[−furthest], …; what is further
 * away counts as the furthest. */
typedef struct {
  const int32_t *rows;
  ptrdiff_t furthest;
} relative_rows;

/* Lines (count, size) of the distances first, first + step, … from a table in which they are `line`
 * floats apart. */
void relative_lines(const float *table, size_t line, size_t size, relative_rows rows,
                    ptrdiff_t first, ptrdiff_t step, size_t count, float *lines);

/* The reverse, for gradients: lines (count, size) are added to those of the table. */
void relative_lines_add(const float *lines, size_t size, relative_rows rows, ptrdiff_t first,
                        ptrdiff_t step, size_t count, float *table, size_t line);

#endif
