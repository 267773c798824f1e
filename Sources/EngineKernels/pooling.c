#include "pooling.h"

#include <math.h>
#include <string.h>

#include "vector_code.h"

enum { BLOCK = 64 }; /* channels at a time, kept in registers or the nearest cache */

/* A window's part inside the image along one axis: elements start, start + dilation, … < end. */
typedef struct {
  size_t start, end, padded;
} window;

static window window_at(size_t place, size_t stride, size_t kernel, size_t dilation, size_t before,
                        size_t after, size_t size) {
  size_t first = place * stride; /* counted from the start of the padding */
  window found = {0, 0, 0};
  for (size_t k = 0; k < kernel; k++) {
    size_t at = first + k * dilation;
    if (at < before + size + after)
      found.padded++;
    if (at < before || at - before >= size)
      continue;
    if (found.end == 0)
      found.start = at - before;
    found.end = at - before + 1;
  }
  return found;
}

static float share(const pooling_sizes *s, window down, window across) {
  size_t inside = down.end == 0 || across.end == 0
                      ? 0
                      : ((down.end - 1 - down.start) / s->dilation_height + 1) *
                            ((across.end - 1 - across.start) / s->dilation_width + 1);
  size_t count = s->counts_padding ? down.padded * across.padded : inside;
  return count ? 1.0f / (float)count : 0.0f;
}

static window row_window(const pooling_sizes *s, size_t i) {
  return window_at(i, s->stride_height, s->kernel_height, s->dilation_height, s->top, s->bottom,
                   s->height);
}

static window column_window(const pooling_sizes *s, size_t j) {
  return window_at(j, s->stride_width, s->kernel_width, s->dilation_width, s->left, s->right,
                   s->width);
}

VECTOR_CODE
void pooling_forward(const pooling_sizes *s, const float *x, float *y, size_t rows) {
  size_t channels = s->channels, image = s->height * s->width * channels;
  for (size_t row = 0; row < rows; row++, x += image) {
    for (size_t i = 0; i < s->out_height; i++) {
      window down = row_window(s, i);
      for (size_t j = 0; j < s->out_width; j++, y += channels) {
        window across = column_window(s, j);
        float initial = s->is_average ? 0.0f : -INFINITY;
        for (size_t c = 0; c < channels; c++)
          y[c] = initial;
        for (size_t h = down.start; h < down.end; h += s->dilation_height)
          for (size_t w = across.start; w < across.end; w += s->dilation_width) {
            const float *from = x + (h * s->width + w) * channels;
            if (s->is_average)
              for (size_t c = 0; c < channels; c++)
                y[c] += from[c];
            else
              for (size_t c = 0; c < channels; c++)
                y[c] = from[c] > y[c] ? from[c] : y[c];
          }
        if (!s->is_average)
          continue;
        float factor = share(s, down, across);
        for (size_t c = 0; c < channels; c++)
          y[c] *= factor;
      }
    }
  }
}

VECTOR_CODE
void pooling_backward(const pooling_sizes *s, const float *x, const float *y, const float *dy,
                      float *dx, size_t rows, bool accumulate) {
  size_t channels = s->channels, image = s->height * s->width * channels;
  if (!accumulate)
    memset(dx, 0, rows * image * sizeof *dx);
  for (size_t row = 0; row < rows; row++, x += image, dx += image) {
    for (size_t i = 0; i < s->out_height; i++) {
      window down = row_window(s, i);
      for (size_t j = 0; j < s->out_width; j++, y += channels, dy += channels) {
        window across = column_window(s, j);
        float factor = share(s, down, across);
        for (size_t first = 0; first < channels; first += BLOCK) {
          size_t count = channels - first < BLOCK ? channels - first : BLOCK;
          float rest[BLOCK]; /* the part that is not distributed yet */
          for (size_t c = 0; c < count; c++)
            rest[c] = dy[first + c];
          for (size_t h = down.start; h < down.end; h += s->dilation_height)
            for (size_t w = across.start; w < across.end; w += s->dilation_width) {
              size_t at = (h * s->width + w) * channels + first;
              if (s->is_average)
                for (size_t c = 0; c < count; c++)
                  dx[at + c] += rest[c] * factor;
              else
                for (size_t c = 0; c < count; c++) {
                  float taken = x[at + c] == y[first + c] ? rest[c] : 0.0f;
                  dx[at + c] += taken;
                  rest[c] -= taken;
                }
            }
        }
      }
    }
  }
}
