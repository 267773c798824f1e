#include "token_pooling.h"
#include "vector_code.h"

#include <string.h>

VECTOR_CODE
void token_pooling_forward(enum token_pooling_kind kind, const float *x, const int32_t *offsets,
                           float *y, size_t texts, size_t width) {
  for (size_t text = 0; text < texts; text++, y += width) {
    const float *first = x + (size_t)offsets[text] * width;
    size_t tokens = (size_t)(offsets[text + 1] - offsets[text]);
    if (tokens == 0) {
      memset(y, 0, width * sizeof *y);
      continue;
    }
    const float *copied = kind == TOKEN_POOLING_LAST ? first + (tokens - 1) * width : first;
    memcpy(y, copied, width * sizeof *y);
    if (kind == TOKEN_POOLING_MEAN) {
      for (size_t token = 1; token < tokens; token++)
        for (size_t j = 0; j < width; j++)
          y[j] += first[token * width + j];
      float share = 1.0f / (float)tokens;
      for (size_t j = 0; j < width; j++)
        y[j] *= share;
    } else if (kind == TOKEN_POOLING_MAXIMUM) {
      for (size_t token = 1; token < tokens; token++)
        for (size_t j = 0; j < width; j++)
          y[j] = first[token * width + j] > y[j] ? first[token * width + j] : y[j];
    }
  }
}

VECTOR_CODE
void token_pooling_backward(enum token_pooling_kind kind, const float *x, const int32_t *offsets,
                            const float *dy, float *dx, size_t texts, size_t width,
                            bool accumulate) {
  for (size_t text = 0; text < texts; text++, dy += width) {
    const float *values = x + (size_t)offsets[text] * width;
    float *first = dx + (size_t)offsets[text] * width;
    size_t tokens = (size_t)(offsets[text + 1] - offsets[text]);
    if (tokens == 0)
      continue;
    if (!accumulate)
      memset(first, 0, tokens * width * sizeof *dx);
    if (kind == TOKEN_POOLING_MEAN) {
      float share = 1.0f / (float)tokens;
      for (size_t token = 0; token < tokens; token++)
        for (size_t j = 0; j < width; j++)
          first[token * width + j] += share * dy[j];
    } else if (kind == TOKEN_POOLING_MAXIMUM) {
      for (size_t j = 0; j < width; j++) {
        size_t best = 0; /* the first of equal ones */
        for (size_t token = 1; token < tokens; token++)
          if (values[token * width + j] > values[best * width + j])
            best = token;
        first[best * width + j] += dy[j];
      }
    } else {
      float *to = kind == TOKEN_POOLING_LAST ? first + (tokens - 1) * width : first;
      for (size_t j = 0; j < width; j++)
        to[j] += dy[j];
    }
  }
}
