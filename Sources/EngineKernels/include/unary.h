#ifndef ENGINE_KERNELS_UNARY_H
#define ENGINE_KERNELS_UNARY_H

#include <stdbool.h>
#include <stddef.h>

/* Elementwise functions y = f(x) of `count` values, and ∂x = ∂y · f'(x). With `accumulate`, the
 * gradient is added to the existing values. */
enum unary_kind {
  UNARY_NEGATE,
  UNARY_ABSOLUTE,
  UNARY_SQUARE_ROOT,
  UNARY_EXPONENTIAL,
  UNARY_LOGARITHM,
  UNARY_RECIPROCAL,
  UNARY_ERROR_FUNCTION
};

void unary_forward(enum unary_kind kind, const float *x, float *y, size_t count);
void unary_backward(enum unary_kind kind, const float *x, const float *y, const float *y_gradient,
                    float *x_gradient, size_t count, bool accumulate);

#endif
