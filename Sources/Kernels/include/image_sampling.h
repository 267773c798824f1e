#ifndef KERNELS_IMAGE_SAMPLING_H
#define KERNELS_IMAGE_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

/* A part of an image, resized: pixels (height, width, channels) → y (channels, out_height,
 * out_width). The image would be resized to (full_height, full_width), of which y begins at (top,
 * left); each element is then (pixel · scale − mean[channel]) / deviation[channel]. Triangles as
 * wide as the shrinking weigh the pixels (bilinear, without aliasing). `work` has room for
 * out_height · width · channels floats. */
typedef struct {
  size_t height, width, channels, full_height, full_width, out_height, out_width, top, left;
  float scale;
  const float *mean, *deviation;
} image_sampling;

void image_sample(const image_sampling *plan, const uint8_t *pixels, float *work, float *y);

#endif
