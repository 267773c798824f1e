#ifndef ENGINE_KERNELS_WINOGRAD_H
#define ENGINE_KERNELS_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>

/* A 3 × 3 convolution with stride one, for prediction, by Winograd's minimal filtering F(4 × 4,
 * 3 × 3): the image is divided into tiles of 6 × 6, which give 4 × 4 outputs each, with 36
 * multiplications per channel and output instead of 144 (Lavin and Gray 2016, equation 8: Y = Aᵀ
 * [(G g Gᵀ) ⊙ (Bᵀ d B)] A). Images have the channels last. */

struct winograd {
  size_t height, width, channels;
  size_t out_height, out_width, outputs;
  size_t top, left; /* rows and columns of zeros before the image */
  bool relu;
};

enum {
  WINOGRAD_POINTS = 36,
  /* The numbers of channels and outputs must be multiples of this. */
  WINOGRAD_LANES = 16
};

/* The number of tiles of an image. */
size_t winograd_tiles(const struct winograd *sizes);
/* The number of floats of the transformed weights, and of the working memory of a run, for any
 * number of workers. */
size_t winograd_packed_count(size_t channels, size_t outputs);
size_t winograd_scratch_count(const struct winograd *sizes);
/* weight (outputs, channels, 3, 3) → packed: for each point, a matrix in the layout of
 * linear_packed.h. */
void winograd_pack(const float *weight, size_t channels, size_t outputs, float *packed);
/* x (rows, height, width, channels) → y (rows, out_height, out_width, outputs), for the tiles of
 * worker `part` of `parts`, of whom at most 16 get tiles; bias (outputs) may be NULL. */
void winograd_forward(const struct winograd *sizes, const float *x, size_t rows, size_t part,
                      size_t parts, const float *packed, const float *bias, float *scratch,
                      float *y);

#endif
