#include "kernel_machine.h"
#include "vector_code.h"
#include "vector_math.h"

#include <math.h>

/* Sums over the features for all vectors in parallel: products, or squared differences. */
static inline __attribute__((always_inline)) void
sums(const float *x, size_t features, const float *vectors, size_t count, int squares, float *out) {
  for (size_t i = 0; i < count; i++)
    out[i] = 0.0f;
  for (size_t f = 0; f < features; f++) {
    float value = x[f];
    const float *vector = vectors + f * count;
    for (size_t i = 0; i < count; i++) {
      float term = squares ? value - vector[i] : vector[i];
      out[i] += term * (squares ? term : value);
    }
  }
}

VECTOR_CODE
void kernel_values(const struct kernel_parameters *parameters, const float *x, size_t rows,
                   size_t features, const float *vectors, size_t count, float *kernels) {
  float gamma = parameters->gamma, constant = parameters->constant;
  for (size_t row = 0; row < rows; row++, x += features, kernels += count) {
    if (parameters->kind == KERNEL_RADIAL) {
      sums(x, features, vectors, count, 1, kernels);
      for (size_t i = 0; i < count; i++)
        kernels[i] = vector_exp(-gamma * kernels[i]);
      continue;
    }
    sums(x, features, vectors, count, 0, kernels);
    if (parameters->kind == KERNEL_POLYNOMIAL)
      for (size_t i = 0; i < count; i++)
        kernels[i] = powf(gamma * kernels[i] + constant, parameters->degree);
    else if (parameters->kind == KERNEL_SIGMOID)
      for (size_t i = 0; i < count; i++)
        kernels[i] = vector_tanh(gamma * kernels[i] + constant);
  }
}
