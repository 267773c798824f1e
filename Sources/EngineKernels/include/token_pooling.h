#ifndef ENGINE_KERNELS_TOKEN_POOLING_H
#define ENGINE_KERNELS_TOKEN_POOLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_pooling_kind {
  TOKEN_POOLING_FIRST,
  TOKEN_POOLING_LAST,
  TOKEN_POOLING_MEAN,
  TOKEN_POOLING_MAXIMUM
};

/* x (tokens, width) → y (texts, width), where text i has the tokens offsets[i] ..< offsets[i +
 * 1]; zeros for a text without tokens. Backward writes all of ∂x, or adds to it. */
void token_pooling_forward(enum token_pooling_kind kind, const float *x, const int32_t *offsets,
                           float *y, size_t texts, size_t width);
void token_pooling_backward(enum token_pooling_kind kind, const float *x, const int32_t *offsets,
                            const float *y_gradient, float *x_gradient, size_t texts, size_t width,
                            bool accumulate);

#endif
