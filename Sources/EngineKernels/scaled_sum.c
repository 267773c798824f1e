#include "scaled_sum.h"
#include "vector_code.h"

VECTOR_CODE
void scaled_sum_forward(const float *a, const float *b, float scale, float *y, size_t count) {
  ELEMENT_BY_ELEMENT
  for (size_t i = 0; i < count; i++)
    y[i] = a[i] + scale * b[i];
}

VECTOR_CODE
void scaled_sum_backward(const float *dy, float scale, float *dx, size_t count, bool accumulate) {
  if (accumulate)
    for (size_t i = 0; i < count; i++)
      dx[i] += scale * dy[i];
  else
    for (size_t i = 0; i < count; i++)
      dx[i] = scale * dy[i];
}
