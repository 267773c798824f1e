#ifndef ENGINE_KERNELS_LEAF_SUMS_H
#define ENGINE_KERNELS_LEAF_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the values of a row's leaves are combined. */
typedef enum { LEAVES_SUM, LEAVES_MINIMUM, LEAVES_MAXIMUM } leaf_aggregate;

/* How leaves give outputs: each tree's leaves have one value, for the output in `tree_outputs`;
 * or, if that is NULL, one value for every output. */
struct leaf_sums {
  size_t trees, outputs;
  const uint32_t *tree_outputs;
  leaf_aggregate aggregate;
  float factor; /* of the aggregate: 1, or 1 / trees for a mean */
};

/* leaf[tree · tree_step + row · row_step], values (leaves) or (leaves, outputs), bias (outputs) or
 * NULL → y (rows, outputs) */
void leaf_sums_forward(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                       size_t row_step, size_t rows, const float *values, const float *bias,
                       float *y);

/* For a minimum or maximum: the place of the value that gives an output of one row; SIZE_MAX if
 * no tree has that output. */
size_t leaf_sums_chosen(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                        const float *values, size_t output);

/* leaf as above, ∂y (rows, outputs) → ∂values, accumulated */
void leaf_sums_backward(const struct leaf_sums *sums, const uint32_t *leaf, size_t tree_step,
                        size_t row_step, size_t rows, const float *values, const float *y_gradient,
                        float *values_gradient);

/* The same with leaves as floats, (rows, trees), for networks whose rows were routed once; a
 * number that is not a leaf adds nothing. */
void leaf_numbers(const float *numbers, size_t count, uint32_t leaves, uint32_t *leaf);
void leaf_floats(const uint32_t *leaf, size_t tree_step, size_t rows, size_t trees, float *numbers);

#endif
