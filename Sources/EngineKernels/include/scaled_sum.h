#ifndef ENGINE_KERNELS_SCALED_SUM_H
#define ENGINE_KERNELS_SCALED_SUM_H

#include <stdbool.h>
#include <stddef.h>

/* y = a + scale · b over `count` values. */
void scaled_sum_forward(const float *a, const float *b, float scale, float *y, size_t count);
/* ∂x = scale · ∂y, or added to the existing values; for a the scale is 1, for b it is `scale`. */
void scaled_sum_backward(const float *y_gradient, float scale, float *x_gradient, size_t count,
                         bool accumulate);

#endif
