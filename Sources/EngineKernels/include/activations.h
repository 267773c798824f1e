#ifndef ENGINE_KERNELS_ACTIVATIONS_H
#define ENGINE_KERNELS_ACTIVATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Elementwise functions y = f(x) of `count` values, and ∂x = ∂y · f'(x). With `accumulate`, the
 * gradient is added to the existing values. `alpha` is the slope of LeakyReLU and the scale of
 * ELU. In forward, x and y may be the same memory. */
enum activation_kind {
  ACTIVATION_RELU,
  ACTIVATION_LEAKY_RELU,
  ACTIVATION_ELU,
  ACTIVATION_GELU,      /* x Φ(x), with erf (Hendrycks and Gimpel 2016) */
  ACTIVATION_GELU_TANH, /* its tanh approximation */
  ACTIVATION_TANH,
  ACTIVATION_SIGMOID,
  ACTIVATION_SOFTPLUS,
  ACTIVATION_SILU
};

void activation_forward(enum activation_kind kind, float alpha, const float *x, float *y,
                        size_t count);
/* The same for `lines` lines of `width` values, `line` floats apart. */
void activation_lines(enum activation_kind kind, float alpha, const float *x, float *y,
                      size_t lines, size_t width, size_t line);
void activation_backward(enum activation_kind kind, float alpha, const float *x, const float *y,
                         const float *y_gradient, float *x_gradient, size_t count, bool accumulate);

/* y (rows, width) + bias (width), then max(·, 0) if `relu`; in place. */
void add_bias(float *y, const float *bias, size_t rows, size_t width, bool relu);
/* ∂bias (width) from ∂y (rows, width). */
void bias_backward(const float *y_gradient, float *bias_gradient, size_t rows, size_t width,
                   bool accumulate);
/* The same after a rectifier with the output y: ∂y is set to 0 where y is 0, in place, in the
 * same pass. */
void rectified_bias_backward(const float *y, float *y_gradient, float *bias_gradient, size_t rows,
                             size_t width, bool accumulate);

#endif
