#include "channel_norm.h"

#include <string.h>

#include "vector_code.h"

enum {
  BLOCK = 64, /* channels at a time */
  RUN = 512,  /* lines whose sums are taken in single precision */
};

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

VECTOR_CODE
void channel_norm_statistics(const float *x, float *means, float *variances, size_t lines,
                             size_t channels) {
  double count = (double)lines;
  for (size_t first = 0; first < channels; first += BLOCK) {
    size_t width = least(BLOCK, channels - first);
    double totals[BLOCK] = {0}, squares[BLOCK] = {0};
    for (size_t line = 0; line < lines; line++)
      for (size_t c = 0; c < width; c++)
        totals[c] += x[line * channels + first + c];
    for (size_t c = 0; c < width; c++)
      totals[c] /= count;
    for (size_t line = 0; line < lines; line++)
      for (size_t c = 0; c < width; c++) {
        double d = x[line * channels + first + c] - totals[c];
        squares[c] += d * d;
      }
    for (size_t c = 0; c < width; c++) {
      means[first + c] = (float)totals[c];
      variances[first + c] = (float)(squares[c] / count);
    }
  }
}

VECTOR_CODE
void channel_norm_forward(const float *x, const float *means, const float *inverse_deviations,
                          const float *gain, const float *bias, float *y, size_t lines,
                          size_t channels, bool relu) {
  for (size_t first = 0; first < channels; first += BLOCK) {
    size_t width = least(BLOCK, channels - first);
    float scale[BLOCK], mean[BLOCK], shift[BLOCK];
    for (size_t c = 0; c < width; c++) {
      scale[c] = inverse_deviations[first + c] * gain[first + c];
      mean[c] = means[first + c];
      shift[c] = bias[first + c];
    }
    const float *from = x + first;
    float *to = y + first;
    for (size_t line = 0; line < lines; line++, from += channels, to += channels) {
      if (relu)
        for (size_t c = 0; c < width; c++) {
          float value = (from[c] - mean[c]) * scale[c] + shift[c];
          to[c] = value > 0.0f ? value : 0.0f;
        }
      else
        for (size_t c = 0; c < width; c++)
          to[c] = (from[c] - mean[c]) * scale[c] + shift[c];
    }
  }
}

VECTOR_CODE
void channel_norm_backward(const float *x, const float *y, const float *means,
                           const float *inverse_deviations, const float *gain, float *dy, float *dx,
                           float *dgain, float *dbias, size_t lines, size_t channels, bool relu,
                           bool batch_statistics, bool accumulate_x, bool accumulate_gain,
                           bool accumulate_bias) {
  for (size_t first = 0; first < channels; first += BLOCK) {
    size_t width = least(BLOCK, channels - first);
    float mean[BLOCK], inverse[BLOCK], scale[BLOCK], shift[BLOCK] = {0}, tilt[BLOCK] = {0};
    double sums[BLOCK] = {0}, dots[BLOCK] = {0};
    for (size_t c = 0; c < width; c++) {
      mean[c] = means[first + c];
      inverse[c] = inverse_deviations[first + c];
      scale[c] = gain[first + c] * inverse[c];
    }
    for (size_t start = 0; start < lines; start += RUN) {
      float sum[BLOCK] = {0}, dot[BLOCK] = {0};
      for (size_t line = start; line < least(start + RUN, lines); line++) {
        size_t at = line * channels + first;
        if (relu)
          for (size_t c = 0; c < width; c++)
            dy[at + c] = y[at + c] > 0.0f ? dy[at + c] : 0.0f;
        for (size_t c = 0; c < width; c++) {
          sum[c] += dy[at + c];
          dot[c] += dy[at + c] * (x[at + c] - mean[c]);
        }
        if (dx && !batch_statistics) {
          if (accumulate_x)
            for (size_t c = 0; c < width; c++)
              dx[at + c] += dy[at + c] * scale[c];
          else
            for (size_t c = 0; c < width; c++)
              dx[at + c] = dy[at + c] * scale[c];
        }
      }
      for (size_t c = 0; c < width; c++) {
        sums[c] += sum[c];
        dots[c] += (double)dot[c] * inverse[c];
      }
    }
    for (size_t c = 0; c < width; c++) {
      if (dgain)
        dgain[first + c] = (accumulate_gain ? dgain[first + c] : 0.0f) + (float)dots[c];
      if (dbias)
        dbias[first + c] = (accumulate_bias ? dbias[first + c] : 0.0f) + (float)sums[c];
      shift[c] = (float)(sums[c] / (double)lines);
      tilt[c] = (float)(dots[c] / (double)lines) * inverse[c];
    }
    if (!dx || !batch_statistics)
      continue;
    for (size_t line = 0; line < lines; line++) {
      size_t at = line * channels + first;
      for (size_t c = 0; c < width; c++) {
        float d = scale[c] * (dy[at + c] - shift[c] - (x[at + c] - mean[c]) * tilt[c]);
        dx[at + c] = accumulate_x ? dx[at + c] + d : d;
      }
    }
  }
}
