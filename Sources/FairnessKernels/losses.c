#include "losses.h"
#include "vector_code.h"
#include "vector_math.h"

VECTOR_CODE
void binary_cross_entropy(const float *restrict logits, const float *restrict labels,
                          float smoothing, float *restrict losses, float *restrict slopes,
                          size_t rows) {
  float keep = 1.0f - smoothing, shift = 0.5f * smoothing;
  for (size_t i = 0; i < rows; i++) {
    float z = logits[i], target = labels[i] * keep + shift;
    float e = vector_exp(-__builtin_fabsf(z)); /* shared by softplus and sigmoid */
    float share = 1.0f / (1.0f + e);
    losses[i] = (z > 0.0f ? z : 0.0f) + vector_log1p_unit(e) - target * z;
    slopes[i] = (z >= 0.0f ? share : e * share) - target;
  }
}

VECTOR_CODE
void sigmoid_signal_in_place(float *restrict values, float temperature, float *restrict slopes,
                             size_t rows) {
  float sharpness = 1.0f / temperature;
  for (size_t i = 0; i < rows; i++) {
    float p = vector_sigmoid(values[i] * sharpness);
    values[i] = p;
    slopes[i] = p * (1.0f - p) * sharpness;
  }
}

VECTOR_CODE
void weighted_slopes(const float *restrict slopes, const float *restrict weights, float scale,
                     float *restrict out, size_t rows) {
  if (weights)
    for (size_t i = 0; i < rows; i++)
      out[i] = slopes[i] * weights[i] * scale;
  else
    for (size_t i = 0; i < rows; i++)
      out[i] = slopes[i] * scale;
}

VECTOR_CODE
double weighted_sum(const float *values, const float *weights, size_t rows) {
  SUMS_IN_ANY_ORDER
  double sum = 0.0;
  if (weights)
    for (size_t i = 0; i < rows; i++)
      sum += (double)values[i] * (double)weights[i];
  else
    for (size_t i = 0; i < rows; i++)
      sum += (double)values[i];
  return sum;
}
