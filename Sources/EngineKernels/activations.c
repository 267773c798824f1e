#include "activations.h"
#include "vector_code.h"
#include "vector_math.h"

static inline __attribute__((always_inline)) float gelu_inner(float x) {
  return 0.797884561f * (x + 0.044715f * x * x * x); /* √(2/π) (x + 0.044715 x³) */
}

/* Φ(x), the distribution function of the normal distribution; `density` is e^(−x²/2). */
static inline __attribute__((always_inline)) float normal_share(float x, float density) {
  return 0.5f * (1.0f + vector_erf(x * 0.707106781f, density));
}

static inline __attribute__((always_inline)) float hard_gate(float x) {
  float gate = x / 6.0f + 0.5f;
  return gate < 0.0f ? 0.0f : gate > 1.0f ? 1.0f : gate;
}

/* One loop for each function, with the function inlined into it. */
#define EACH(expression)                                                                           \
  for (size_t i = 0; i < lines; i++, x += line, y += line) {                                       \
    ELEMENT_BY_ELEMENT                                                                             \
    for (size_t j = 0; j < width; j++) {                                                           \
      float v = x[j];                                                                              \
      y[j] = (expression);                                                                         \
    }                                                                                              \
  }

VECTOR_CODE
void activation_lines(enum activation_kind kind, float alpha, const float *x, float *y,
                      size_t lines, size_t width, size_t line) {
  switch (kind) {
  case ACTIVATION_RELU:
    EACH(v > 0.0f ? v : 0.0f)
    break;
  case ACTIVATION_LEAKY_RELU:
    EACH(v > 0.0f ? v : alpha * v)
    break;
  case ACTIVATION_ELU:
    EACH(v > 0.0f ? v : alpha * (vector_exp(v) - 1.0f))
    break;
  case ACTIVATION_GELU:
    EACH(v * normal_share(v, vector_exp(-0.5f * v * v)))
    break;
  case ACTIVATION_GELU_TANH:
    EACH(0.5f * v * (1.0f + vector_tanh(gelu_inner(v))))
    break;
  case ACTIVATION_TANH:
    EACH(vector_tanh(v))
    break;
  case ACTIVATION_SIGMOID:
    EACH(vector_sigmoid(v))
    break;
  case ACTIVATION_SOFTPLUS:
    EACH(vector_softplus(v))
    break;
  case ACTIVATION_SILU:
    EACH(v * vector_sigmoid(v))
    break;
  case ACTIVATION_SWISH:
    EACH(v * vector_sigmoid(alpha * v))
    break;
  case ACTIVATION_MISH:
    EACH(v * vector_tanh(vector_softplus(v)))
    break;
  case ACTIVATION_HARD_SWISH:
    EACH(v * hard_gate(v))
    break;
  case ACTIVATION_SQUARED_RELU:
    EACH(v > 0.0f ? v * v : 0.0f)
    break;
  case ACTIVATION_CLIPPED_GELU:
    EACH(v < 10.0f ? v * normal_share(v, vector_exp(-0.5f * v * v)) : 10.0f)
    break;
  }
}

#undef EACH

void activation_forward(enum activation_kind kind, float alpha, const float *x, float *y,
                        size_t count) {
  activation_lines(kind, alpha, x, y, 1, count, count);
}

static inline __attribute__((always_inline)) float gelu_slope(float x) {
  float density = vector_exp(-0.5f * x * x);
  return normal_share(x, density) + x * 0.398942280f * density;
}

static inline __attribute__((always_inline)) float gelu_tanh_slope(float x) {
  float t = vector_tanh(gelu_inner(x));
  return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * 0.797884561f * (1.0f + 0.134145f * x * x);
}

static inline __attribute__((always_inline)) float swish_slope(float x, float alpha) {
  float s = vector_sigmoid(alpha * x);
  return s * (1.0f + alpha * x * (1.0f - s));
}

static inline __attribute__((always_inline)) float mish_slope(float x) {
  float t = vector_tanh(vector_softplus(x));
  return t + x * vector_sigmoid(x) * (1.0f - t * t);
}

#define EACH(slope)                                                                                \
  if (accumulate)                                                                                  \
    ELEMENT_BY_ELEMENT                                                                             \
  for (size_t i = 0; i < count; i++) {                                                             \
    float v = x[i], out = y[i];                                                                    \
    (void)v, (void)out;                                                                            \
    dx[i] += dy[i] * (slope);                                                                      \
  }                                                                                                \
  else ELEMENT_BY_ELEMENT for (size_t i = 0; i < count; i++) {                                     \
    float v = x[i], out = y[i];                                                                    \
    (void)v, (void)out;                                                                            \
    dx[i] = dy[i] * (slope);                                                                       \
  }

VECTOR_CODE
void activation_backward(enum activation_kind kind, float alpha, const float *x, const float *y,
                         const float *dy, float *dx, size_t count, bool accumulate) {
  switch (kind) {
  case ACTIVATION_RELU:
    EACH(out > 0.0f ? 1.0f : 0.0f)
    break;
  case ACTIVATION_LEAKY_RELU:
    EACH(v > 0.0f ? 1.0f : alpha)
    break;
  case ACTIVATION_ELU:
    EACH(v > 0.0f ? 1.0f : out + alpha)
    break;
  case ACTIVATION_GELU:
    EACH(gelu_slope(v))
    break;
  case ACTIVATION_GELU_TANH:
    EACH(gelu_tanh_slope(v))
    break;
  case ACTIVATION_TANH:
    EACH(1.0f - out * out)
    break;
  case ACTIVATION_SIGMOID:
    EACH(out * (1.0f - out))
    break;
  case ACTIVATION_SOFTPLUS:
    EACH(vector_sigmoid(v))
    break;
  case ACTIVATION_SILU:
    EACH(swish_slope(v, 1.0f))
    break;
  case ACTIVATION_SWISH:
    EACH(swish_slope(v, alpha))
    break;
  case ACTIVATION_MISH:
    EACH(mish_slope(v))
    break;
  case ACTIVATION_HARD_SWISH:
    EACH(v <= -3.0f ? 0.0f : v < 3.0f ? v / 3.0f + 0.5f : 1.0f)
    break;
  case ACTIVATION_SQUARED_RELU:
    EACH(v > 0.0f ? 2.0f * v : 0.0f)
    break;
  case ACTIVATION_CLIPPED_GELU:
    EACH(v < 10.0f ? gelu_slope(v) : 0.0f)
    break;
  }
}

VECTOR_CODE
void add_bias(float *y, const float *bias, size_t rows, size_t width, bool relu) {
  if (relu)
    for (size_t row = 0; row < rows; row++, y += width)
      for (size_t j = 0; j < width; j++) {
        float v = y[j] + bias[j];
        y[j] = v > 0.0f ? v : 0.0f;
      }
  else
    for (size_t row = 0; row < rows; row++, y += width)
      for (size_t j = 0; j < width; j++)
        y[j] += bias[j];
}

VECTOR_CODE
void bias_backward(const float *restrict dy, float *restrict db, size_t rows, size_t width,
                   bool accumulate) {
  if (width == 1) {
    SUMS_IN_ANY_ORDER
    float sum = 0.0f;
    for (size_t row = 0; row < rows; row++)
      sum += dy[row];
    db[0] = accumulate ? db[0] + sum : sum;
    return;
  }
  size_t row = 0;
  if (!accumulate) {
    if (rows == 0)
      memset(db, 0, width * sizeof *db);
    else
      memcpy(db, dy, width * sizeof *db);
    row = 1;
  }
  for (; row < rows; row++) {
    const float *line = dy + row * width;
    for (size_t j = 0; j < width; j++)
      db[j] += line[j];
  }
}

VECTOR_CODE
void rectified_bias_backward(const float *restrict y, float *restrict dy, float *restrict db,
                             size_t rows, size_t width, bool accumulate) {
  if (!accumulate)
    memset(db, 0, width * sizeof *db);
  for (size_t row = 0; row < rows; row++, y += width, dy += width)
    for (size_t j = 0; j < width; j++) {
      float gradient = y[j] > 0.0f ? dy[j] : 0.0f;
      dy[j] = gradient;
      db[j] += gradient;
    }
}
