#ifndef ENGINE_KERNELS_SMALL_PRODUCTS_H
#define ENGINE_KERNELS_SMALL_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

/* Products of matrices that fit into the caches, as in attention for every text and head. A is
 * read in place, and so is B if its lines are contiguous. */

/* The number of columns of a panel. */
enum { SMALL_PRODUCT_PANEL = 32 };

/* The location of A's or B's numbers. */
typedef struct {
  const float *values;
  size_t line;  /* from one line to the next */
  size_t other; /* A: from one column to the next; B: from one panel of columns to the next */
} small_factor;

/* A (m, k) times B (k, n) is written to C, or added: (m, n), lines `line` floats apart. Either
 * the columns or the lines of A must be contiguous. */
void small_product(size_t m, size_t n, size_t k, small_factor a, small_factor b, float *c,
                   size_t line, bool accumulate);

/* Makes the panels of B (size, before_lines + lines) from its columns, which are lines here,
 * `line` floats apart; those of `before` come first. Each panel is (size, 32); the last one is
 * padded with zeros. */
void small_product_panels(const float *before, size_t before_lines, const float *from, size_t lines,
                          size_t line, size_t size, float *panels);

#endif
