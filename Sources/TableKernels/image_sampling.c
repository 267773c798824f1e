#include "image_sampling.h"

#include <math.h>
#include <stdbool.h>

#include "vector_code.h"

/* The pixels first … last − 1 that contribute to position `at` of `full` when `size` pixels are
 * resized to `full`. */
typedef struct {
  size_t first, last;
  double centre, spread, sum;
} reach;

static double weight(const reach *r, size_t place) {
  double d = fabs(((double)place + 0.5 - r->centre) / r->spread);
  return d < 1.0 ? (1.0 - d) / r->sum : 0.0;
}

static reach reach_of(size_t at, size_t full, size_t size) {
  double ratio = (double)size / (double)full;
  reach r = {.centre = ((double)at + 0.5) * ratio, .spread = ratio > 1.0 ? ratio : 1.0, .sum = 1.0};
  double low = floor(r.centre - r.spread + 0.5), high = floor(r.centre + r.spread + 0.5);
  r.first = low > 0.0 ? (size_t)low : 0;
  r.last = high < (double)size ? (size_t)high : size;
  double sum = 0.0;
  for (size_t place = r.first; place < r.last; place++)
    sum += weight(&r, place);
  if (sum > 0.0)
    r.sum = sum;
  return r;
}

VECTOR_CODE
void image_sample(const image_sampling *plan, const uint8_t *pixels, float *work, float *y) {
  size_t line = plan->width * plan->channels;
  /* Vertical: pixels (height, width, channels) → work (out_height, width, channels). */
  for (size_t i = 0; i < plan->out_height; i++) {
    reach r = reach_of(i + plan->top, plan->full_height, plan->height);
    float *to = work + i * line;
    for (size_t k = 0; k < line; k++)
      to[k] = 0.0f;
    for (size_t row = r.first; row < r.last; row++) {
      float share = (float)weight(&r, row);
      const uint8_t *from = pixels + row * line;
      for (size_t k = 0; k < line; k++)
        to[k] += share * (float)from[k];
    }
  }
  /* Horizontal: work → y (channels, out_height, out_width). */
  for (size_t j = 0; j < plan->out_width; j++) {
    reach r = reach_of(j + plan->left, plan->full_width, plan->width);
    for (size_t i = 0; i < plan->out_height; i++)
      for (size_t c = 0; c < plan->channels; c++) {
        float sum = 0.0f;
        for (size_t column = r.first; column < r.last; column++)
          sum += (float)weight(&r, column) * work[i * line + column * plan->channels + c];
        y[(c * plan->out_height + i) * plan->out_width + j] =
            (sum * plan->scale - plan->mean[c]) / plan->deviation[c];
      }
  }
}
