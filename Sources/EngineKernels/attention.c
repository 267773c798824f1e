#include "attention.h"
#include "random_bits.h"
#include "vector_code.h"
#include "vector_math.h"

VECTOR_CODE
void attention_softmax(float *scores, size_t rows, size_t columns, size_t line, float scale,
                       bool causal, float *log_sums, size_t stride) {
  SUMS_IN_ANY_ORDER
  for (size_t i = 0; i < rows; i++, scores += line) {
    size_t seen = causal ? columns - rows + i + 1 : columns;
    float largest = largest_of(scores, seen);
    float sum = 0.0f;
    for (size_t j = 0; j < seen; j++) {
      scores[j] = vector_exp((scores[j] - largest) * scale);
      sum += scores[j];
    }
    float share = 1.0f / sum;
    for (size_t j = 0; j < seen; j++)
      scores[j] *= share;
    for (size_t j = seen; j < columns; j++)
      scores[j] = 0.0f;
    if (log_sums)
      log_sums[i * stride] = largest * scale + logf(sum);
  }
}

VECTOR_CODE
void attention_probabilities(float *scores, size_t rows, size_t columns, size_t line, float scale,
                             bool causal, const float *log_sums, size_t stride) {
  for (size_t i = 0; i < rows; i++, scores += line) {
    size_t seen = causal ? columns - rows + i + 1 : columns;
    float log_sum = log_sums[i * stride];
    for (size_t j = 0; j < seen; j++)
      scores[j] = vector_exp(scores[j] * scale - log_sum);
    for (size_t j = seen; j < columns; j++)
      scores[j] = 0.0f;
  }
}

/* The factor of the probability at a place: 0 if it is dropped, otherwise `scale`. */
static inline __attribute__((always_inline)) float kept_share(size_t place, uint32_t key,
                                                              uint32_t below, float scale) {
  return position_bits((uint32_t)place, key) < below ? 0.0f : scale;
}

VECTOR_CODE
void attention_dropout(const float *probabilities, float *dropped, size_t rows, size_t columns,
                       size_t line, uint64_t seed, float rate) {
  uint32_t below = dropped_below(rate), key = seed_key(seed);
  float scale = 1.0f / (1.0f - rate);
  for (size_t i = 0; i < rows; i++, probabilities += line, dropped += line)
    ELEMENT_BY_ELEMENT
  for (size_t j = 0; j < columns; j++)
    dropped[j] = probabilities[j] * kept_share(i * columns + j, key, below, scale);
}

VECTOR_CODE
void attention_softmax_backward(const float *restrict probabilities, float *restrict gradient,
                                size_t rows, size_t columns, size_t line, float scale,
                                uint64_t seed, float rate) {
  SUMS_IN_ANY_ORDER
  uint32_t below = dropped_below(rate), key = seed_key(seed);
  float kept_scale = 1.0f / (1.0f - rate);
  for (size_t i = 0; i < rows; i++, probabilities += line, gradient += line) {
    if (rate > 0.0f)
      for (size_t j = 0; j < columns; j++)
        gradient[j] *= kept_share(i * columns + j, key, below, kept_scale);
    float dot = 0.0f;
    for (size_t j = 0; j < columns; j++)
      dot += probabilities[j] * gradient[j];
    for (size_t j = 0; j < columns; j++)
      gradient[j] = scale * probabilities[j] * (gradient[j] - dot);
  }
}
