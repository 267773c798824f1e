#ifndef ENGINE_KERNELS_BROADCASTING_H
#define ENGINE_KERNELS_BROADCASTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Elementwise arithmetic on arrays of `rank` dimensions (at most 8). A stride of 0 repeats an
 * operand along a dimension (NumPy's broadcasting). Strides are in elements. */
enum { BROADCAST_MAXIMUM_RANK = 8 };

enum binary_kind {
  BINARY_ADD,
  BINARY_SUBTRACT,
  BINARY_MULTIPLY,
  BINARY_DIVIDE,
  BINARY_POWER,
  BINARY_MAXIMUM,
  BINARY_MINIMUM
};

struct broadcast_plan {
  int32_t rank;
  int64_t shape[BROADCAST_MAXIMUM_RANK];
  int64_t a_strides[BROADCAST_MAXIMUM_RANK], b_strides[BROADCAST_MAXIMUM_RANK];
};

void binary_forward(enum binary_kind kind, const struct broadcast_plan *plan, const float *a,
                    const float *b, float *y);
/* Adds ∂a and ∂b to the existing values; either may be NULL. */
void binary_backward(enum binary_kind kind, const struct broadcast_plan *plan, const float *a,
                     const float *b, const float *y_gradient, float *a_gradient, float *b_gradient);

#endif
