#ifndef TABLE_KERNELS_IMAGE_SAMPLING_H
#define TABLE_KERNELS_IMAGE_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

/* Resizes a region of an image: pixels (height, width, channels) → y (channels, out_height,
 * out_width). The image is resized to (full_height, full_width), and y is the region that begins
 * at (top, left). Each element is then (pixel · scale − mean[channel]) / deviation[channel].
 * Pixels are weighted by a triangle whose width is the reduction factor (antialiased bilinear).
 * `work` has room for out_height · width · channels floats. */
typedef struct {
  size_t height, width, channels, full_height, full_width, out_height, out_width, top, left;
  float scale;
  const float *mean, *deviation;
} image_sampling;

void image_sample(const image_sampling *plan, const uint8_t *pixels, float *work, float *y);

#endif
