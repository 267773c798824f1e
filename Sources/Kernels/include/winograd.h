#ifndef KERNELS_WINOGRAD_H
#define KERNELS_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>

/* A 3 × 3 convolution in steps of one, for prediction, by Winograd's minimal filtering F(4 × 4, 3 ×
 * 3): the image is cut into tiles of 6 × 6 that give 4 × 4 outputs each, with 36 multiplications
 * for a channel and an output where there are 144 by definition (Lavin and Gray 2016, equation 8: Y
 * = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A). Images have their channels last. */

struct winograd {
  size_t height, width, channels;
  size_t out_height, out_width, outputs;
  size_t top, left; /* rows and columns of zeros before the image */
  bool relu;
};

enum {
  WINOGRAD_POINTS = 36,
  /* Channels and outputs come in such blocks. */
  WINOGRAD_LANES = 16
};

/* Tiles of an image. */
size_t winograd_tiles(const struct winograd *sizes);
/* Floats of transformed weights, and of memory for a run, however many workers share it. */
size_t winograd_packed_count(size_t channels, size_t outputs);
size_t winograd_scratch_count(const struct winograd *sizes);
/* weight (outputs, channels, 3, 3) → packed: for each point a matrix as linear_packed.h has it. */
void winograd_pack(const float *weight, size_t channels, size_t outputs, float *packed);
/* x (rows, height, width, channels) → y (rows, out_height, out_width, outputs), the tiles that are
 * the share of `part` of `parts` workers, at most 16 of whom get any; bias (outputs) may be NULL.
 */
void winograd_forward(const struct winograd *sizes, const float *x, size_t rows, size_t part,
                      size_t parts, const float *packed, const float *bias, float *scratch,
                      float *y);

#endif
