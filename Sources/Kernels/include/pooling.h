#ifndef KERNELS_POOLING_H
#define KERNELS_POOLING_H

#include <stdbool.h>
#include <stddef.h>

/* The largest or the mean of each window of images whose channels lie last:
 * x (rows, height, width, channels) → y (rows, out_height, out_width, channels). What lies beyond
 * the edges is never the largest; a mean counts it, as zero, within the padding when
 * `counts_padding`. */
typedef struct {
  size_t height, width, channels, out_height, out_width;
  size_t kernel_height, kernel_width, stride_height, stride_width;
  size_t dilation_height, dilation_width;
  size_t top, left, bottom, right; /* padding */
  bool is_average, counts_padding;
} pooling_sizes;

void pooling_forward(const pooling_sizes *sizes, const float *x, float *y, size_t rows);

/* ∂y goes to the first of the largest elements of its window, or to all of them in equal parts. */
void pooling_backward(const pooling_sizes *sizes, const float *x, const float *y,
                      const float *y_gradient, float *x_gradient, size_t rows, bool accumulate);

#endif
