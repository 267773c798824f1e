#include "unary.h"
#include "vector_code.h"

#include <math.h>

#define EACH(expression)                                                                           \
  ELEMENT_BY_ELEMENT                                                                               \
  for (size_t i = 0; i < count; i++) {                                                             \
    float v = x[i];                                                                                \
    y[i] = (expression);                                                                           \
  }                                                                                                \
  break;

VECTOR_CODE
void unary_forward(enum unary_kind kind, const float *x, float *y, size_t count) {
  switch (kind) {
  case UNARY_NEGATE:
    EACH(-v)
  case UNARY_ABSOLUTE:
    EACH(fabsf(v))
  case UNARY_SQUARE_ROOT:
    EACH(sqrtf(v))
  case UNARY_EXPONENTIAL:
    EACH(expf(v))
  case UNARY_LOGARITHM:
    EACH(logf(v))
  case UNARY_RECIPROCAL:
    EACH(1.0f / v)
  case UNARY_ERROR_FUNCTION:
    EACH(erff(v))
  }
}

#undef EACH
#define EACH(slope)                                                                                \
  ELEMENT_BY_ELEMENT                                                                               \
  for (size_t i = 0; i < count; i++) {                                                             \
    float v = x[i], out = y[i];                                                                    \
    (void)v, (void)out;                                                                            \
    float gradient = dy[i] * (slope);                                                              \
    dx[i] = accumulate ? dx[i] + gradient : gradient;                                              \
  }                                                                                                \
  break;

VECTOR_CODE
void unary_backward(enum unary_kind kind, const float *x, const float *y, const float *dy,
                    float *dx, size_t count, bool accumulate) {
  switch (kind) {
  case UNARY_NEGATE:
    EACH(-1.0f)
  case UNARY_ABSOLUTE:
    EACH((float)((v > 0.0f) - (v < 0.0f)))
  case UNARY_SQUARE_ROOT:
    EACH(0.5f / out)
  case UNARY_EXPONENTIAL:
    EACH(out)
  case UNARY_LOGARITHM:
    EACH(1.0f / v)
  case UNARY_RECIPROCAL:
    EACH(-out * out)
  case UNARY_ERROR_FUNCTION:
    EACH(1.128379167f * expf(-v * v)) /* 2/√π e^(−x²) */
  }
}
