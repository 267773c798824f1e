#include "optimizers.h"
#include "vector_code.h"

VECTOR_CODE
void sgd_step(float *restrict w, const float *restrict g, float *restrict m, size_t count,
              float rate, float momentum, bool nesterov, float decay, bool first_step) {
  if (!m) {
    for (size_t i = 0; i < count; i++)
      w[i] -= rate * (g[i] + decay * w[i]);
    return;
  }
  float keep = first_step ? 0.0f : momentum;
  for (size_t i = 0; i < count; i++) {
    float d = g[i] + decay * w[i];
    m[i] = keep * m[i] + d;
    w[i] -= rate * (nesterov ? d + momentum * m[i] : m[i]);
  }
}

VECTOR_CODE
void adam_step(float *restrict w, const float *restrict g, float *restrict m, float *restrict v,
               size_t count, float rate, float beta1, float beta2, float epsilon, float decay,
               bool decoupled, float correction1, float correction2) {
  float step = rate / correction1, root = 1.0f / __builtin_elementwise_sqrt(correction2);
  float shrink = decoupled ? 1.0f - rate * decay : 1.0f, coupled = decoupled ? 0.0f : decay;
  for (size_t i = 0; i < count; i++) {
    float before = w[i] * shrink, d = g[i] + coupled * w[i];
    m[i] += (1.0f - beta1) * (d - m[i]);
    v[i] = beta2 * v[i] + (1.0f - beta2) * d * d;
    w[i] = before - step * m[i] / (__builtin_elementwise_sqrt(v[i]) * root + epsilon);
  }
}

VECTOR_CODE
void rmsprop_step(float *restrict w, const float *restrict g, float *restrict v, float *restrict m,
                  size_t count, float rate, float decay, float epsilon, float momentum,
                  float weight_decay) {
  for (size_t i = 0; i < count; i++) {
    float d = g[i] + weight_decay * w[i];
    v[i] = decay * v[i] + (1.0f - decay) * d * d;
    float update = d / (__builtin_elementwise_sqrt(v[i]) + epsilon);
    if (m)
      update = m[i] = momentum * m[i] + update;
    w[i] -= rate * update;
  }
}

VECTOR_CODE
void adagrad_step(float *restrict w, const float *restrict g, float *restrict s, size_t count,
                  float rate, float epsilon, float decay) {
  for (size_t i = 0; i < count; i++) {
    float d = g[i] + decay * w[i];
    s[i] += d * d;
    w[i] -= rate * d / (__builtin_elementwise_sqrt(s[i]) + epsilon);
  }
}

VECTOR_CODE
double sum_of_squares(const float *values, size_t count) {
  SUMS_IN_ANY_ORDER
  double sum = 0.0;
  for (size_t i = 0; i < count; i++)
    sum += (double)values[i] * (double)values[i];
  return sum;
}

VECTOR_CODE
void scale_values(float *values, float factor, size_t count) {
  for (size_t i = 0; i < count; i++)
    values[i] *= factor;
}

VECTOR_CODE
void add_values(float *restrict to, const float *restrict from, size_t count) {
  for (size_t i = 0; i < count; i++)
    to[i] += from[i];
}
