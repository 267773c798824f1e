#include "broadcasting.h"
#include "vector_code.h"

#include <math.h>

static inline __attribute__((always_inline)) float apply(enum binary_kind kind, float a, float b) {
  switch (kind) {
  case BINARY_ADD:
    return a + b;
  case BINARY_SUBTRACT:
    return a - b;
  case BINARY_MULTIPLY:
    return a * b;
  case BINARY_DIVIDE:
    return a / b;
  case BINARY_POWER:
    return powf(a, b);
  case BINARY_MAXIMUM:
    return a > b ? a : b;
  case BINARY_MINIMUM:
    return a < b ? a : b;
  }
  return 0.0f;
}

static inline __attribute__((always_inline)) float slope_a(enum binary_kind kind, float a,
                                                           float b) {
  switch (kind) {
  case BINARY_ADD:
  case BINARY_SUBTRACT:
    return 1.0f;
  case BINARY_MULTIPLY:
    return b;
  case BINARY_DIVIDE:
    return 1.0f / b;
  case BINARY_POWER:
    return b == 0.0f ? 0.0f : b * powf(a, b - 1.0f);
  case BINARY_MAXIMUM:
    return a > b ? 1.0f : (a == b ? 0.5f : 0.0f);
  case BINARY_MINIMUM:
    return a < b ? 1.0f : (a == b ? 0.5f : 0.0f);
  }
  return 0.0f;
}

static inline __attribute__((always_inline)) float slope_b(enum binary_kind kind, float a,
                                                           float b) {
  switch (kind) {
  case BINARY_ADD:
    return 1.0f;
  case BINARY_SUBTRACT:
    return -1.0f;
  case BINARY_MULTIPLY:
    return a;
  case BINARY_DIVIDE:
    return -a / (b * b);
  case BINARY_POWER:
    return a > 0.0f ? powf(a, b) * logf(a) : 0.0f;
  case BINARY_MAXIMUM:
    return b > a ? 1.0f : (a == b ? 0.5f : 0.0f);
  case BINARY_MINIMUM:
    return b < a ? 1.0f : (a == b ? 0.5f : 0.0f);
  }
  return 0.0f;
}

/* One line along the last dimension, with separate loops for the common strides. */
static inline __attribute__((always_inline)) void line_forward(enum binary_kind kind,
                                                               const float *a, int64_t sa,
                                                               const float *b, int64_t sb, float *y,
                                                               int64_t n) {
  if (sa == 1 && sb == 1)
    ELEMENT_BY_ELEMENT
  for (int64_t i = 0; i < n; i++)
    y[i] = apply(kind, a[i], b[i]);
  else if (sa == 1 && sb == 0) ELEMENT_BY_ELEMENT for (int64_t i = 0; i < n; i++) y[i] =
      apply(kind, a[i], b[0]);
  else for (int64_t i = 0; i < n; i++) y[i] = apply(kind, a[i * sa], b[i * sb]);
}

static inline __attribute__((always_inline)) void
line_backward(enum binary_kind kind, const float *a, int64_t sa, const float *b, int64_t sb,
              const float *dy, float *da, float *db, int64_t n) {
  if (da)
    for (int64_t i = 0; i < n; i++)
      da[i * sa] += dy[i] * slope_a(kind, a[i * sa], b[i * sb]);
  if (db)
    for (int64_t i = 0; i < n; i++)
      db[i * sb] += dy[i] * slope_b(kind, a[i * sa], b[i * sb]);
}

/* Iterates over all lines and updates the three offsets. */
#define FOR_EACH_LINE(body)                                                                        \
  int last = plan->rank - 1;                                                                       \
  int64_t n = plan->shape[last], sa = plan->a_strides[last], sb = plan->b_strides[last];           \
  int64_t index[BROADCAST_MAXIMUM_RANK] = {0}, a_at = 0, b_at = 0, y_at = 0, lines = 1;            \
  for (int d = 0; d < last; d++)                                                                   \
    lines *= plan->shape[d];                                                                       \
  for (int64_t line = 0; line < lines; line++) {                                                   \
    body;                                                                                          \
    y_at += n;                                                                                     \
    for (int d = last - 1; d >= 0; d--) {                                                          \
      a_at += plan->a_strides[d];                                                                  \
      b_at += plan->b_strides[d];                                                                  \
      if (++index[d] < plan->shape[d])                                                             \
        break;                                                                                     \
      a_at -= plan->a_strides[d] * plan->shape[d];                                                 \
      b_at -= plan->b_strides[d] * plan->shape[d];                                                 \
      index[d] = 0;                                                                                \
    }                                                                                              \
  }

#define FOR_KIND(k, body)                                                                          \
  case k: {                                                                                        \
    enum binary_kind fixed = k;                                                                    \
    FOR_EACH_LINE(body)                                                                            \
    break;                                                                                         \
  }

#define FOR_EACH_KIND(body)                                                                        \
  switch (kind) {                                                                                  \
    FOR_KIND(BINARY_ADD, body)                                                                     \
    FOR_KIND(BINARY_SUBTRACT, body)                                                                \
    FOR_KIND(BINARY_MULTIPLY, body)                                                                \
    FOR_KIND(BINARY_DIVIDE, body)                                                                  \
    FOR_KIND(BINARY_POWER, body)                                                                   \
    FOR_KIND(BINARY_MAXIMUM, body)                                                                 \
    FOR_KIND(BINARY_MINIMUM, body)                                                                 \
  }

VECTOR_CODE
void binary_forward(enum binary_kind kind, const struct broadcast_plan *plan, const float *a,
                    const float *b, float *y){
    FOR_EACH_KIND(line_forward(fixed, a + a_at, sa, b + b_at, sb, y + y_at, n))}

VECTOR_CODE
    void binary_backward(enum binary_kind kind, const struct broadcast_plan *plan, const float *a,
                         const float *b, const float *dy, float *da, float *db) {
  FOR_EACH_KIND(line_backward(fixed, a + a_at, sa, b + b_at, sb, dy + y_at, da ? da + a_at : 0,
                              db ? db + b_at : 0, n))
}
