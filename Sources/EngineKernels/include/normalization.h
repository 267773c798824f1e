#ifndef ENGINE_KERNELS_NORMALIZATION_H
#define ENGINE_KERNELS_NORMALIZATION_H

#include <stdbool.h>
#include <stddef.h>

/* Softmax over the last axis: x (rows, width) → y (rows, width), and ∂x = y (∂y − Σ ∂y y). */
void softmax_forward(const float *x, float *y, size_t rows, size_t width);
void softmax_backward(const float *y, const float *y_gradient, float *x_gradient, size_t rows,
                      size_t width, bool accumulate);

/* Layer normalization (Ba, Kiros and Hinton 2016, equation 4) over the last axis; stores mean
 * and 1/deviation (rows each) for backward. gain and bias (width). */
void layer_norm_forward(const float *x, const float *gain, const float *bias, float epsilon,
                        float *y, float *mean, float *inverse_deviation, size_t rows, size_t width);
void layer_norm_backward(const float *x, const float *gain, const float *mean,
                         const float *inverse_deviation, const float *y_gradient, float *x_gradient,
                         float *gain_gradient, float *bias_gradient, size_t rows, size_t width,
                         bool accumulate_x, bool accumulate_gain, bool accumulate_bias);

/* Batch normalization (Ioffe and Szegedy 2015) of x (rows, channels, size): y = (x − mean) ·
 * inverse_deviation · gain + bias, for each channel. */
void batch_norm_statistics(const float *x, float *mean, float *variance, size_t rows,
                           size_t channels, size_t size);
void batch_norm_forward(const float *x, const float *mean, const float *inverse_deviation,
                        const float *gain, const float *bias, float *y, size_t rows,
                        size_t channels, size_t size);
/* With `batch_statistics`, mean and deviation depend on x and have a gradient; otherwise they
 * are constants. */
void batch_norm_backward(const float *x, const float *mean, const float *inverse_deviation,
                         const float *gain, const float *y_gradient, float *x_gradient,
                         float *gain_gradient, float *bias_gradient, size_t rows, size_t channels,
                         size_t size, bool batch_statistics, bool accumulate_x,
                         bool accumulate_gain, bool accumulate_bias);

#endif
