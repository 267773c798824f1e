#include "leaf_sums.h"
#include "vector_code.h"

#include <string.h>

/* The number of rows that are summed in parallel, so that additions do not wait for each other. */
enum { LANES = 16 };

static inline size_t value_of(const struct leaf_sums *sums, uint32_t leaf, size_t output) {
  return sums->tree_outputs ? leaf : (size_t)leaf * sums->outputs + output;
}

/* One output of one row, for minimum and maximum; among equal leaves the first is chosen. */
static float extreme(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                     const float *values, size_t output, size_t *chosen) {
  float best = 0.0f;
  *chosen = SIZE_MAX;
  for (size_t tree = 0; tree < sums->trees; tree++) {
    if (sums->tree_outputs && sums->tree_outputs[tree] != output)
      continue;
    size_t place = value_of(sums, leaf[tree * tree_step], output);
    float value = values[place];
    if (*chosen == SIZE_MAX || (sums->aggregate == LEAVES_MINIMUM ? value < best : value > best)) {
      best = value;
      *chosen = place;
    }
  }
  return best;
}

VECTOR_CODE
void leaf_sums_forward(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                       size_t row_step, size_t rows, const float *values, const float *bias,
                       float *y) {
  size_t outputs = sums->outputs, trees = sums->trees;
  if (sums->aggregate != LEAVES_SUM) {
    size_t chosen;
    for (size_t row = 0; row < rows; row++)
      for (size_t o = 0; o < outputs; o++)
        y[row * outputs + o] =
            extreme(sums, leaf + row * row_step, tree_step, values, o, &chosen) * sums->factor +
            (bias ? bias[o] : 0.0f);
    return;
  }
  if (outputs == 1) {
    float start = bias && sums->factor == 1.0f ? bias[0] : 0.0f;
    float end = bias && sums->factor != 1.0f ? bias[0] : 0.0f;
    size_t row = 0;
    for (; row + LANES <= rows; row += LANES) {
      float total[LANES];
      for (int k = 0; k < LANES; k++)
        total[k] = start;
      for (size_t tree = 0; tree < trees; tree++)
        for (int k = 0; k < LANES; k++)
          total[k] += values[leaf[tree * tree_step + (row + k) * row_step]];
      for (int k = 0; k < LANES; k++)
        y[row + k] = total[k] * sums->factor + end;
    }
    for (; row < rows; row++) {
      float total = start;
      for (size_t tree = 0; tree < trees; tree++)
        total += values[leaf[tree * tree_step + row * row_step]];
      y[row] = total * sums->factor + end;
    }
    return;
  }
  for (size_t row = 0; row < rows; row++) {
    float *total = y + row * outputs;
    memset(total, 0, outputs * sizeof *total);
    for (size_t tree = 0; tree < trees; tree++) {
      size_t place = leaf[tree * tree_step + row * row_step];
      if (sums->tree_outputs) {
        total[sums->tree_outputs[tree]] += values[place];
      } else {
        const float *own = values + place * outputs;
        for (size_t o = 0; o < outputs; o++)
          total[o] += own[o];
      }
    }
    for (size_t o = 0; o < outputs; o++)
      total[o] = total[o] * sums->factor + (bias ? bias[o] : 0.0f);
  }
}

size_t leaf_sums_chosen(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                        const float *values, size_t output) {
  size_t chosen;
  extreme(sums, leaf, tree_step, values, output, &chosen);
  return chosen;
}

void leaf_sums_backward(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                        size_t row_step, size_t rows, const float *values, const float *y_gradient,
                        float *values_gradient) {
  size_t outputs = sums->outputs, trees = sums->trees;
  for (size_t row = 0; row < rows; row++) {
    const float *gradient = y_gradient + row * outputs;
    const uint32_t *own = leaf + row * row_step;
    if (sums->aggregate != LEAVES_SUM) {
      for (size_t o = 0; o < outputs; o++) {
        size_t chosen;
        extreme(sums, own, tree_step, values, o, &chosen);
        if (chosen != SIZE_MAX)
          values_gradient[chosen] += gradient[o] * sums->factor;
      }
    } else if (sums->tree_outputs) {
      for (size_t tree = 0; tree < trees; tree++)
        values_gradient[own[tree * tree_step]] += gradient[sums->tree_outputs[tree]] * sums->factor;
    } else {
      for (size_t tree = 0; tree < trees; tree++)
        for (size_t o = 0; o < outputs; o++)
          values_gradient[(size_t)own[tree * tree_step] * outputs + o] +=
              gradient[o] * sums->factor;
    }
  }
}

VECTOR_CODE
void leaf_numbers(const float *numbers, size_t count, uint32_t leaves, uint32_t *leaf) {
  for (size_t i = 0; i < count; i++) {
    float number = numbers[i];
    leaf[i] = number >= 0.0f && number < (float)leaves ? (uint32_t)(int32_t)number : 0;
  }
}

void leaf_floats(const uint32_t *leaf, size_t tree_step, size_t rows, size_t trees,
                 float *numbers) {
  for (size_t row = 0; row < rows; row++)
    for (size_t tree = 0; tree < trees; tree++)
      numbers[row * trees + tree] = (float)leaf[tree * tree_step + row];
}
