#ifndef ENGINE_KERNELS_POOLING_H
#define ENGINE_KERNELS_POOLING_H

#include <stdbool.h>
#include <stddef.h>

/* The maximum or the mean of each window of images with the channels last: x (rows, height,
 * width, channels) → y (rows, out_height, out_width, channels). Elements outside the image are
 * never the maximum; a mean counts those within the padding as zero if `counts_padding`. */
typedef struct {
  size_t height, width, channels, out_height, out_width;
  size_t kernel_height, kernel_width, stride_height, stride_width;
  size_t dilation_height, dilation_width;
  size_t top, left, bottom, right; /* padding */
  bool is_average, counts_padding;
} pooling_sizes;

void pooling_forward(const pooling_sizes *sizes, const float *x, float *y, size_t rows);

/* ∂y is added to the first of the largest elements of its window, or in equal parts to all of
 * them. */
void pooling_backward(const pooling_sizes *sizes, const float *x, const float *y,
                      const float *y_gradient, float *x_gradient, size_t rows, bool accumulate);

#endif
