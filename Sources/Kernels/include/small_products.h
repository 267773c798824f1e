#ifndef KERNELS_SMALL_PRODUCTS_H
#define KERNELS_SMALL_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

/* Products of matrices that the caches hold, as attention has for every text and head: A is read
 * where it lies, and B too when its lines do. */

/* Columns of a panel. */
enum { SMALL_PRODUCT_PANEL = 32 };

/* Where A's or B's numbers stand. */
typedef struct {
  const float *values;
  size_t line;  /* from one line to the next */
  size_t other; /* A: from one column to the next; B: from one panel of columns to the next */
} small_factor;

/* A (m, k) times B (k, n) is put into C, or added: (m, n), lines `line` apart. Either A's columns
 * or its lines are next to each other. */
void small_product(size_t m, size_t n, size_t k, small_factor a, small_factor b, float *c,
                   size_t line, bool accumulate);

/* The panels of B (size, before_lines + lines) from its columns, which are lines here, `line`
 * floats apart: those of `before` first. The last panel is filled up with zeros: (size, 32) each,
 * one after another. */
void small_product_panels(const float *before, size_t before_lines, const float *from, size_t lines,
                          size_t line, size_t size, float *panels);

#endif
