#include "normalization.h"
#include "vector_code.h"
#include "vector_math.h"

VECTOR_CODE
void softmax_forward(const float *x, float *y, size_t rows, size_t width) {
  SUMS_IN_ANY_ORDER
  for (size_t row = 0; row < rows; row++, x += width, y += width) {
    float largest = largest_of(x, width);
    float sum = 0.0f;
    for (size_t j = 0; j < width; j++) {
      y[j] = vector_exp(x[j] - largest);
      sum += y[j];
    }
    float scale = 1.0f / sum;
    for (size_t j = 0; j < width; j++)
      y[j] *= scale;
  }
}

VECTOR_CODE
void softmax_backward(const float *y, const float *dy, float *dx, size_t rows, size_t width,
                      bool accumulate) {
  SUMS_IN_ANY_ORDER
  for (size_t row = 0; row < rows; row++, y += width, dy += width, dx += width) {
    float dot = 0.0f;
    for (size_t j = 0; j < width; j++)
      dot += y[j] * dy[j];
    if (accumulate)
      for (size_t j = 0; j < width; j++)
        dx[j] += y[j] * (dy[j] - dot);
    else
      for (size_t j = 0; j < width; j++)
        dx[j] = y[j] * (dy[j] - dot);
  }
}

VECTOR_CODE
void layer_norm_forward(const float *x, const float *gain, const float *bias, float epsilon,
                        float *y, float *means, float *inverse_deviations, size_t rows,
                        size_t width) {
  SUMS_IN_ANY_ORDER
  for (size_t row = 0; row < rows; row++, x += width, y += width) {
    float sum = 0.0f;
    for (size_t j = 0; j < width; j++)
      sum += x[j];
    float mean = sum / (float)width, squares = 0.0f;
    for (size_t j = 0; j < width; j++)
      squares += (x[j] - mean) * (x[j] - mean);
    float inverse = 1.0f / __builtin_elementwise_sqrt(squares / (float)width + epsilon);
    means[row] = mean;
    inverse_deviations[row] = inverse;
    for (size_t j = 0; j < width; j++)
      y[j] = (x[j] - mean) * inverse * gain[j] + bias[j];
  }
}

VECTOR_CODE
void layer_norm_backward(const float *x, const float *gain, const float *means,
                         const float *inverse_deviations, const float *dy, float *dx, float *dgain,
                         float *dbias, size_t rows, size_t width, bool accumulate_x,
                         bool accumulate_gain, bool accumulate_bias) {
  SUMS_IN_ANY_ORDER
  if (dgain && !accumulate_gain)
    memset(dgain, 0, width * sizeof *dgain);
  if (dbias && !accumulate_bias)
    memset(dbias, 0, width * sizeof *dbias);
  for (size_t row = 0; row < rows; row++, x += width, dy += width) {
    float mean = means[row], inverse = inverse_deviations[row];
    if (dgain)
      for (size_t j = 0; j < width; j++)
        dgain[j] += dy[j] * (x[j] - mean) * inverse;
    if (dbias)
      for (size_t j = 0; j < width; j++)
        dbias[j] += dy[j];
    if (!dx)
      continue;
    float sum = 0.0f, dot = 0.0f; /* of ∂x̂ = ∂y · gain, and of ∂x̂ · x̂ */
    for (size_t j = 0; j < width; j++) {
      float d = dy[j] * gain[j];
      sum += d;
      dot += d * (x[j] - mean) * inverse;
    }
    sum /= (float)width;
    dot /= (float)width;
    if (!accumulate_x)
      memset(dx, 0, width * sizeof *dx);
    for (size_t j = 0; j < width; j++)
      dx[j] += inverse * (dy[j] * gain[j] - sum - (x[j] - mean) * inverse * dot);
    dx += width;
  }
}

VECTOR_CODE
void batch_norm_statistics(const float *x, float *means, float *variances, size_t rows,
                           size_t channels, size_t size) {
  SUMS_IN_ANY_ORDER
  double count = (double)(rows * size);
  for (size_t channel = 0; channel < channels; channel++) {
    double sum = 0.0, squares = 0.0;
    for (size_t row = 0; row < rows; row++) {
      const float *line = x + (row * channels + channel) * size;
      for (size_t k = 0; k < size; k++)
        sum += line[k];
    }
    double mean = sum / count;
    for (size_t row = 0; row < rows; row++) {
      const float *line = x + (row * channels + channel) * size;
      for (size_t k = 0; k < size; k++)
        squares += (line[k] - mean) * (line[k] - mean);
    }
    means[channel] = (float)mean;
    variances[channel] = (float)(squares / count);
  }
}

VECTOR_CODE
void batch_norm_forward(const float *x, const float *means, const float *inverse_deviations,
                        const float *gain, const float *bias, float *y, size_t rows,
                        size_t channels, size_t size) {
  if (size == 1) {
    for (size_t row = 0; row < rows; row++, x += channels, y += channels)
      for (size_t c = 0; c < channels; c++)
        y[c] = (x[c] - means[c]) * inverse_deviations[c] * gain[c] + bias[c];
    return;
  }
  for (size_t row = 0; row < rows; row++)
    for (size_t c = 0; c < channels; c++, x += size, y += size)
      for (size_t k = 0; k < size; k++)
        y[k] = (x[k] - means[c]) * inverse_deviations[c] * gain[c] + bias[c];
}

VECTOR_CODE
void batch_norm_backward(const float *x, const float *means, const float *inverse_deviations,
                         const float *gain, const float *dy, float *dx, float *dgain, float *dbias,
                         size_t rows, size_t channels, size_t size, bool batch_statistics,
                         bool accumulate_x, bool accumulate_gain, bool accumulate_bias) {
  SUMS_IN_ANY_ORDER
  float count = (float)(rows * size);
  for (size_t c = 0; c < channels; c++) {
    float mean = means[c], inverse = inverse_deviations[c], sum = 0.0f, dot = 0.0f;
    for (size_t row = 0; row < rows; row++) {
      size_t at = (row * channels + c) * size;
      for (size_t k = 0; k < size; k++) {
        sum += dy[at + k];
        dot += dy[at + k] * (x[at + k] - mean) * inverse;
      }
    }
    if (dgain)
      dgain[c] = (accumulate_gain ? dgain[c] : 0.0f) + dot;
    if (dbias)
      dbias[c] = (accumulate_bias ? dbias[c] : 0.0f) + sum;
    if (!dx)
      continue;
    float shift = batch_statistics ? sum / count : 0.0f;
    float tilt = batch_statistics ? dot / count : 0.0f;
    for (size_t row = 0; row < rows; row++) {
      size_t at = (row * channels + c) * size;
      for (size_t k = 0; k < size; k++) {
        float d = gain[c] * inverse * (dy[at + k] - shift - (x[at + k] - mean) * inverse * tilt);
        dx[at + k] = accumulate_x ? dx[at + k] + d : d;
      }
    }
  }
}
