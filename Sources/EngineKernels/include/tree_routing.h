#ifndef ENGINE_KERNELS_TREE_ROUTING_H
#define ENGINE_KERNELS_TREE_ROUTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decision trees in a layout for routing rows to leaves. Every split tests column > threshold on
 * one of `columns` values: the features, followed by columns derived from features once per row
 * (whether a category is outside a set, whether a number differs from another, a number with
 * zeros as missing). True goes right. */

enum { TREE_LANES = 16 };

/* A node for walking. Its two children are adjacent. A leaf is its own first child and has an
 * infinite threshold, so that a finished walk stays. */
struct tree_node {
  float threshold;
  uint32_t column;
  uint32_t first;
};

/* A split for leaf sets: going right removes the leaves below its left child; the first leaf is
 * the highest bit of the first word. */
struct tree_test {
  float threshold;
  uint32_t column;
  uint32_t strikes[2];
};

struct tree_shape {
  uint32_t root;       /* among the nodes */
  uint32_t depth;      /* of the deepest leaf */
  uint32_t first_leaf; /* the number of its first leaf among all trees' */
  uint32_t first_test;
  uint32_t tests;
};

/* The sets of categories of one feature, one column per set: 0 inside the set, 1 outside, NaN if
 * the feature is missing. bits[word · count + set]. */
struct tree_sets {
  uint32_t feature;
  uint32_t first_column;
  uint32_t count;
  uint32_t words;
  size_t first_word;
};

/* 1 if the feature differs from the value. */
struct tree_equality {
  uint32_t feature;
  uint32_t column;
  float value;
};

/* The feature; NaN if it is 0. */
struct tree_zero {
  uint32_t feature;
  uint32_t column;
};

/* The negation of another column. Its tests have the opposite results, except for missing
 * numbers, which are never greater. It is used to send missing numbers to the right. */
struct tree_negation {
  uint32_t source;
  uint32_t column;
};

/* The leaves removed by all sets of one feature: for each category below `limit`, and for all
 * others, the leaves of each tree, from `first` on. */
struct tree_set_strikes {
  uint32_t feature;
  uint32_t limit;
  size_t first;
};

/* The tests in another layout, for single rows, if the trees have at most 32 leaves and there
 * are few columns in addition to those of sets. See tree_row_sets.h. */
struct tree_row_tests {
  bool serves;
  /* 16 tests for each vector of a tree; padding tests never pass. The columns are those before
   * the sets' columns; a negation is a bit of the column's number. */
  size_t vectors, width;
  const float *thresholds;
  const uint32_t *columns;
  const uint32_t *strikes;
  const struct tree_set_strikes *sets;
  size_t sets_count;
  const uint32_t *set_strikes; /* a multiple of 16 trees for each category */
};

struct tree_layout {
  size_t features, columns, trees;
  const struct tree_shape *shapes;
  const struct tree_node *nodes;
  const uint32_t *node_leaf; /* the leaf's number among all, for each node that is a leaf */
  /* 32 or 64 if all trees have at most this number of leaves, so that leaf sets can be used;
   * otherwise 0. */
  uint32_t set_bits;
  const struct tree_test *tests;
  const struct tree_sets *sets;
  size_t sets_count;
  const uint64_t *bits;
  const struct tree_equality *equalities;
  size_t equalities_count;
  const struct tree_zero *zeros;
  size_t zeros_count;
  const struct tree_negation *negations;
  size_t negations_count;
  const uint32_t *by_depth; /* the trees in the order of their depths */
  struct tree_row_tests row;
};

/* The number of floats of working memory for routing a block of up to TREE_LANES rows. */
size_t tree_scratch_count(const struct tree_layout *layout);

/* The leaf of each tree for up to TREE_LANES rows of features: leaves[tree · TREE_LANES + row];
 * for a single row leaves[tree]. */
void tree_route_block(const struct tree_layout *layout, const float *x, size_t rows, float *scratch,
                      uint32_t *leaves);

#endif
