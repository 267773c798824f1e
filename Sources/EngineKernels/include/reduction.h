#ifndef ENGINE_KERNELS_REDUCTION_H
#define ENGINE_KERNELS_REDUCTION_H

#include <stdbool.h>
#include <stddef.h>

enum reduction_kind { REDUCTION_SUM, REDUCTION_MEAN, REDUCTION_MAXIMUM, REDUCTION_MINIMUM };

/* x (outer, reduced, inner) → y (outer, inner). */
void reduction_forward(enum reduction_kind kind, const float *x, float *y, size_t outer,
                       size_t reduced, size_t inner);
void reduction_backward(enum reduction_kind kind, const float *x, const float *y,
                        const float *y_gradient, float *x_gradient, size_t outer, size_t reduced,
                        size_t inner, bool accumulate);

#endif
