#include "reduction.h"
#include "vector_code.h"

VECTOR_CODE
void reduction_forward(enum reduction_kind kind, const float *x, float *y, size_t outer,
                       size_t reduced, size_t inner) {
  for (size_t o = 0; o < outer; o++, y += inner) {
    for (size_t j = 0; j < inner; j++)
      y[j] = x[j];
    x += inner;
    for (size_t k = 1; k < reduced; k++, x += inner)
      switch (kind) {
      case REDUCTION_SUM:
      case REDUCTION_MEAN:
        for (size_t j = 0; j < inner; j++)
          y[j] += x[j];
        break;
      case REDUCTION_MAXIMUM:
        for (size_t j = 0; j < inner; j++)
          y[j] = x[j] > y[j] ? x[j] : y[j];
        break;
      case REDUCTION_MINIMUM:
        for (size_t j = 0; j < inner; j++)
          y[j] = x[j] < y[j] ? x[j] : y[j];
        break;
      }
    if (kind == REDUCTION_MEAN)
      for (size_t j = 0; j < inner; j++)
        y[j] /= (float)reduced;
  }
}

void reduction_backward(enum reduction_kind kind, const float *x, const float *y, const float *dy,
                        float *dx, size_t outer, size_t reduced, size_t inner, bool accumulate) {
  for (size_t o = 0; o < outer;
       o++, y += inner, dy += inner, x += reduced * inner, dx += reduced * inner)
    for (size_t j = 0; j < inner; j++) {
      float d = kind == REDUCTION_MEAN ? dy[j] / (float)reduced : dy[j];
      bool extreme = kind == REDUCTION_MAXIMUM || kind == REDUCTION_MINIMUM;
      if (extreme) {
        size_t equals = 0;
        for (size_t k = 0; k < reduced; k++)
          equals += x[k * inner + j] == y[j];
        d /= (float)(equals ? equals : 1);
      }
      for (size_t k = 0; k < reduced; k++) {
        size_t at = k * inner + j;
        float value = extreme && x[at] != y[j] ? 0.0f : d;
        dx[at] = accumulate ? dx[at] + value : value;
      }
    }
}
