#ifndef ENGINE_KERNELS_CHANNEL_NORM_H
#define ENGINE_KERNELS_CHANNEL_NORM_H

#include <stdbool.h>
#include <stddef.h>

/* Batch normalization (Ioffe and Szegedy 2015) of x (lines, channels), channels last: y = (x −
 * mean) · inverse_deviation · gain + bias, or max(y, 0) if `relu`. */
void channel_norm_statistics(const float *x, float *mean, float *variance, size_t lines,
                             size_t channels);
void channel_norm_forward(const float *x, const float *mean, const float *inverse_deviation,
                          const float *gain, const float *bias, float *y, size_t lines,
                          size_t channels, bool relu);
/* With `batch_statistics`, mean and deviation depend on x and have a gradient; otherwise they
 * are constants. With `relu`, ∂y is set to 0 where y is 0, in place. Gradients that are NULL are
 * not computed. */
void channel_norm_backward(const float *x, const float *y, const float *mean,
                           const float *inverse_deviation, const float *gain, float *y_gradient,
                           float *x_gradient, float *gain_gradient, float *bias_gradient,
                           size_t lines, size_t channels, bool relu, bool batch_statistics,
                           bool accumulate_x, bool accumulate_gain, bool accumulate_bias);

#endif
