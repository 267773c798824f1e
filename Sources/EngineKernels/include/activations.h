#ifndef ENGINE_KERNELS_ACTIVATIONS_H
#define ENGINE_KERNELS_ACTIVATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Elementwise functions y = f(x) of `count` values, and ∂x = ∂y · f'(x). With `accumulate`, the
 * gradient is added to the existing values. `alpha` is the slope of LeakyReLU, the scale of
 * ELU, and the factor in Swish. In forward, x and y may be the same memory. */
enum activation_kind {
  ACTIVATION_RELU,
  ACTIVATION_LEAKY_RELU,
  ACTIVATION_ELU,
  ACTIVATION_GELU,      /* x Φ(x), with erf (Hendrycks and Gimpel 2016) */
  ACTIVATION_GELU_TANH, /* its tanh approximation */
  ACTIVATION_TANH,
  ACTIVATION_SIGMOID,
  ACTIVATION_SOFTPLUS,
  ACTIVATION_SILU,
  ACTIVATION_SWISH,        /* x σ(alpha x) (Ramachandran et al. 2017) */
  ACTIVATION_MISH,         /* x tanh(log(1 + e^x)) (Misra 2019) */
  ACTIVATION_HARD_SWISH,   /* x max(0, min(1, x / 6 + 1/2)) (Howard et al. 2019) */
  ACTIVATION_SQUARED_RELU, /* max(x, 0)² (So et al. 2021) */
  ACTIVATION_CLIPPED_GELU  /* min(x Φ(x), 10) */
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
