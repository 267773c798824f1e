#include "tree_routing.h"
#include "vector_code.h"

#include <math.h>
#include <string.h>

/* Trees, or rows, that are walked side by side: each step of a walk waits for the one before it. */
enum { WALKS = 8 };

/* A number this near to 0 is 0 for files in which zero is missing. */
static const float nearly_zero = 1e-35f;

size_t tree_scratch_count(const struct tree_layout *layout) { return layout->columns * TREE_LANES; }

/* The category that a number stands for: its whole part; SIZE_MAX outside all sets. */
static inline size_t category(float x) {
  return x > -1.0f && x < 16777216.0f ? (size_t)(int32_t)x : SIZE_MAX;
}

/* values (columns, stride): the derived columns of one row, after its features. */
static inline __attribute__((always_inline)) void
derive(const struct tree_layout *layout, const float *x, float *values, size_t stride) {
  for (size_t i = 0; i < layout->sets_count; i++) {
    const struct tree_sets *sets = &layout->sets[i];
    float *out = values + (size_t)sets->first_column * stride;
    float feature = x[sets->feature];
    size_t code = category(feature);
    if (isnan(feature) || code >= (size_t)sets->words * 64) {
      float outside = isnan(feature) ? NAN : 1.0f;
      for (size_t s = 0; s < sets->count; s++)
        out[s * stride] = outside;
      continue;
    }
    const uint64_t *word = layout->bits + sets->first_word + (code >> 6) * sets->count;
    for (size_t s = 0; s < sets->count; s++)
      out[s * stride] = (float)(int32_t)(~(word[s] >> (code & 63)) & 1);
  }
  for (size_t i = 0; i < layout->equalities_count; i++) {
    const struct tree_equality *it = &layout->equalities[i];
    float feature = x[it->feature];
    values[it->column * stride] = isnan(feature) ? NAN : feature == it->value ? 0.0f : 1.0f;
  }
  for (size_t i = 0; i < layout->zeros_count; i++) {
    const struct tree_zero *it = &layout->zeros[i];
    float feature = x[it->feature];
    values[it->column * stride] = fabsf(feature) <= nearly_zero ? NAN : feature;
  }
}

static inline __attribute__((always_inline)) uint32_t next(const struct tree_node *node,
                                                           const float *values) {
  uint32_t bits;
  memcpy(&bits, values + (node->column & 0x7fffffffu), sizeof bits);
  bits ^= node->column & 0x80000000u;
  float x;
  memcpy(&x, &bits, sizeof x);
  return node->first + (x > node->threshold);
}

/* One row through all trees, several trees side by side. leaves[tree · TREE_LANES] */
static inline __attribute__((always_inline)) void walk_row(const struct tree_layout *layout,
                                                           const float *values, uint32_t *leaves) {
  const struct tree_node *nodes = layout->nodes;
  size_t tree = 0;
  for (; tree + WALKS <= layout->trees; tree += WALKS) {
    const struct tree_shape *shapes = layout->shapes + tree;
    uint32_t at[WALKS], depth = 0;
    for (int k = 0; k < WALKS; k++) {
      at[k] = shapes[k].root;
      depth = depth > shapes[k].depth ? depth : shapes[k].depth;
    }
    for (uint32_t step = 0; step < depth; step++)
      for (int k = 0; k < WALKS; k++)
        at[k] = next(&nodes[at[k]], values);
    for (int k = 0; k < WALKS; k++)
      leaves[(tree + k) * TREE_LANES] = layout->node_leaf[at[k]];
  }
  for (; tree < layout->trees; tree++) {
    uint32_t at = layout->shapes[tree].root;
    for (uint32_t step = 0; step < layout->shapes[tree].depth; step++)
      at = next(&nodes[at], values);
    leaves[tree * TREE_LANES] = layout->node_leaf[at];
  }
}

/* TREE_LANES rows through all trees, several rows side by side. values (rows, columns) */
static inline __attribute__((always_inline)) void
walk_block(const struct tree_layout *layout, const float *values, uint32_t *leaves) {
  const struct tree_node *nodes = layout->nodes;
  size_t columns = layout->columns;
  for (size_t tree = 0; tree < layout->trees; tree++) {
    const struct tree_shape *shape = &layout->shapes[tree];
    for (size_t row = 0; row < TREE_LANES; row += WALKS) {
      uint32_t at[WALKS];
      for (int k = 0; k < WALKS; k++)
        at[k] = shape->root;
      for (uint32_t step = 0; step < shape->depth; step++)
        for (int k = 0; k < WALKS; k++)
          at[k] = next(&nodes[at[k]], values + (row + k) * columns);
      for (int k = 0; k < WALKS; k++)
        leaves[tree * TREE_LANES + row + k] = layout->node_leaf[at[k]];
    }
  }
}

/* TREE_LANES rows by sets of leaves: each split strikes out, in the rows that go right, the leaves
 * on its left; the first leaf that is left in is the row's (Lucchese et al. 2015, QuickScorer). No
 * row's path is followed, so that the rows of a vector need not agree. values (columns, TREE_LANES)
 */
#define SETS_BLOCK(name, type, leading_zeros)                                                      \
  static inline __attribute__((always_inline)) void name(const struct tree_layout *layout,         \
                                                         const float *values, uint32_t *leaves) {  \
    for (size_t tree = 0; tree < layout->trees; tree++) {                                          \
      const struct tree_shape *shape = &layout->shapes[tree];                                      \
      type live[TREE_LANES];                                                                       \
      for (int row = 0; row < TREE_LANES; row++)                                                   \
        live[row] = (type)-1;                                                                      \
      uint32_t i = shape->first_test;                                                              \
      for (; i < shape->missing_right; i++) {                                                      \
        const float *x = values + (size_t)layout->tests[i].column * TREE_LANES;                    \
        float threshold = layout->tests[i].threshold;                                              \
        type keeps = (type)layout->tests[i].keeps;                                                 \
        for (int row = 0; row < TREE_LANES; row++)                                                 \
          live[row] &= x[row] > threshold ? keeps : (type)-1;                                      \
      }                                                                                            \
      for (; i < shape->end_test; i++) {                                                           \
        const float *x = values + (size_t)layout->tests[i].column * TREE_LANES;                    \
        float threshold = layout->tests[i].threshold;                                              \
        type keeps = (type)layout->tests[i].keeps;                                                 \
        for (int row = 0; row < TREE_LANES; row++)                                                 \
          live[row] &= x[row] <= threshold ? (type)-1 : keeps;                                     \
      }                                                                                            \
      for (int row = 0; row < TREE_LANES; row++)                                                   \
        leaves[tree * TREE_LANES + row] = shape->first_leaf + (uint32_t)leading_zeros(live[row]);  \
    }                                                                                              \
  }

SETS_BLOCK(sets_block_32, uint32_t, __builtin_clz)
SETS_BLOCK(sets_block_64, uint64_t, __builtin_clzll)

VECTOR_CODE
void tree_route_block(const struct tree_layout *layout, const float *x, size_t rows, float *scratch,
                      uint32_t *leaves) {
  size_t features = layout->features, columns = layout->columns;
  if (rows == 1) {
    const float *values = x;
    if (columns > features) {
      memcpy(scratch, x, features * sizeof *x);
      derive(layout, x, scratch, 1);
      values = scratch;
    }
    walk_row(layout, values, leaves);
    return;
  }
  if (layout->set_bits > 0) {
    /* Rows that are not there repeat the last one. */
    for (size_t row = 0; row < TREE_LANES; row++) {
      const float *source = x + (row < rows ? row : rows - 1) * features;
      for (size_t i = 0; i < features; i++)
        scratch[i * TREE_LANES + row] = source[i];
      derive(layout, source, scratch + row, TREE_LANES);
    }
    if (layout->set_bits == 32)
      sets_block_32(layout, scratch, leaves);
    else
      sets_block_64(layout, scratch, leaves);
    return;
  }
  const float *values = x;
  if (columns > features || rows < TREE_LANES) {
    for (size_t row = 0; row < TREE_LANES; row++) {
      const float *source = x + (row < rows ? row : rows - 1) * features;
      memcpy(scratch + row * columns, source, features * sizeof *x);
      derive(layout, source, scratch + row * columns, 1);
    }
    values = scratch;
  }
  walk_block(layout, values, leaves);
}
