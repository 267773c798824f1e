#ifndef ENGINE_KERNELS_REARRANGING_H
#define ENGINE_KERNELS_REARRANGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PERMUTATION_MAXIMUM_RANK = 16 };

/* y (rows, sizes…) is x with permuted axes: neighbours along an axis of y are `strides` elements
 * apart in x. Rows have the same length in both. */
typedef struct {
  int32_t rank;
  size_t sizes[PERMUTATION_MAXIMUM_RANK], strides[PERMUTATION_MAXIMUM_RANK];
} permutation;

void permute(const permutation *plan, const float *x, float *y, size_t rows, bool accumulate);

/* Along one axis, each element of y is a weighted sum of `taps` elements of x, or `fill` if it
 * has none: x (outer, in, inner) → y (outer, out, inner). places (out, taps), −1 for none;
 * weights (out, taps), or NULL if all are 1. */
typedef struct {
  size_t in, out, inner, taps;
  const int32_t *places;
  const float *weights;
  float fill;
} axis_map;

void axis_map_forward(const axis_map *map, const float *x, float *y, size_t outer);
void axis_map_backward(const axis_map *map, const float *y_gradient, float *x_gradient,
                       size_t outer, bool accumulate);

#endif
