#include "tree_routing.h"
#include "tree_row_sets.h"
#include "vector_code.h"

#include <math.h>
#include <string.h>

/* The number of trees, or rows, walked in parallel, because each step of a walk waits for the
 * one before. */
enum { WALKS = 8 };

/* Numbers with an absolute value up to this are 0 in files in which zero means missing. */
static const float nearly_zero = 1e-35f;

size_t tree_scratch_count(const struct tree_layout *layout) { return layout->columns * TREE_LANES; }

/* The category of a number: its integer part; SIZE_MAX outside all sets. */
static inline size_t category(float x) {
  return x > -1.0f && x < 16777216.0f ? (size_t)(int32_t)x : SIZE_MAX;
}

/* values (columns, stride): for one row, whether its categories are outside the sets. */
static inline __attribute__((always_inline)) void
derive_sets(const struct tree_layout *layout, const float *x, float *values, size_t stride) {
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
}

/* The other derived columns of one row. */
static inline __attribute__((always_inline)) void
derive_numbers(const struct tree_layout *layout, const float *x, float *values, size_t stride) {
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

/* All derived columns of one row, after its features. */
static inline __attribute__((always_inline)) void
derive(const struct tree_layout *layout, const float *x, float *values, size_t stride) {
  derive_sets(layout, x, values, stride);
  derive_numbers(layout, x, values, stride);
}

/* The negated columns of one row, or of a block. */
static inline __attribute__((always_inline)) void negate(const struct tree_layout *layout,
                                                         float *values, size_t stride) {
  for (size_t i = 0; i < layout->negations_count; i++) {
    const float *from = values + layout->negations[i].source * stride;
    float *to = values + layout->negations[i].column * stride;
    for (size_t k = 0; k < stride; k++)
      to[k] = -from[k];
  }
}

static inline __attribute__((always_inline)) uint32_t next(const struct tree_node *node,
                                                           const float *values) {
  return node->first + (values[node->column] > node->threshold);
}

/* Walks are faster one by one than as vectors, whose lanes would be gathered node by node; this
 * keeps a value in a separate register. */
#define ALONE(value) __asm__("" : "+r"(value))

/* `depth` steps of several walks in parallel, each with its own values. */
static inline __attribute__((always_inline)) void walk(const struct tree_node *nodes,
                                                       uint32_t *places, uint32_t depth,
                                                       const float *values, size_t stride) {
  uint32_t a = places[0], b = places[1], c = places[2], d = places[3];
  uint32_t e = places[4], f = places[5], g = places[6], h = places[7];
  for (; depth > 0; depth--) {
    a = next(&nodes[a], values);
    ALONE(a);
    b = next(&nodes[b], values + stride);
    ALONE(b);
    c = next(&nodes[c], values + 2 * stride);
    ALONE(c);
    d = next(&nodes[d], values + 3 * stride);
    ALONE(d);
    e = next(&nodes[e], values + 4 * stride);
    ALONE(e);
    f = next(&nodes[f], values + 5 * stride);
    ALONE(f);
    g = next(&nodes[g], values + 6 * stride);
    ALONE(g);
    h = next(&nodes[h], values + 7 * stride);
    ALONE(h);
  }
  places[0] = a, places[1] = b, places[2] = c, places[3] = d;
  places[4] = e, places[5] = f, places[6] = g, places[7] = h;
}

/* One row through all trees, several trees of similar depth in parallel. leaves[tree] */
static void walk_row(const struct tree_layout *layout, const float *values, uint32_t *leaves) {
  const uint32_t *order = layout->by_depth;
  for (size_t next_tree = 0; next_tree < layout->trees; next_tree += WALKS, order += WALKS) {
    size_t count = layout->trees - next_tree < WALKS ? layout->trees - next_tree : WALKS;
    uint32_t at[WALKS];
    for (size_t k = 0; k < WALKS; k++)
      at[k] = layout->shapes[order[k < count ? k : 0]].root;
    walk(layout->nodes, at, layout->shapes[order[count - 1]].depth, values, 0);
    for (size_t k = 0; k < count; k++)
      leaves[order[k]] = layout->node_leaf[at[k]];
  }
}

/* TREE_LANES rows through all trees, several rows in parallel. values (rows, columns) */
static void walk_block(const struct tree_layout *layout, const float *values, uint32_t *leaves) {
  size_t columns = layout->columns;
  for (size_t tree = 0; tree < layout->trees; tree++) {
    const struct tree_shape *shape = &layout->shapes[tree];
    for (size_t row = 0; row < TREE_LANES; row += WALKS) {
      uint32_t at[WALKS];
      for (int k = 0; k < WALKS; k++)
        at[k] = shape->root;
      walk(layout->nodes, at, shape->depth, values + row * columns, columns);
      for (int k = 0; k < WALKS; k++)
        leaves[tree * TREE_LANES + row + k] = layout->node_leaf[at[k]];
    }
  }
}

typedef float lanes_float __attribute__((vector_size(TREE_LANES * 4), aligned(4)));
typedef uint32_t lanes_word __attribute__((vector_size(TREE_LANES * 4), aligned(4)));

/* TREE_LANES rows by leaf sets: for the rows that go right, each split removes the leaves on its
 * left; the first remaining leaf is the row's (Lucchese et al. 2015, QuickScorer). No row's path
 * is followed, so the rows of a vector may take different paths. values (columns, TREE_LANES) */
static inline __attribute__((always_inline)) void
sets_block(const struct tree_layout *layout, const float *values, uint32_t *leaves, bool wide) {
  for (size_t tree = 0; tree < layout->trees; tree++) {
    const struct tree_shape *shape = &layout->shapes[tree];
    const struct tree_test *test = layout->tests + shape->first_test;
    const struct tree_test *end = test + shape->tests;
    lanes_word first = ~(lanes_word){0}, second = first;
    for (; test < end; test++) {
      lanes_float x = *(const lanes_float *)(values + (size_t)test->column * TREE_LANES);
      lanes_word goes_right = (lanes_word)(x > test->threshold);
      first &= ~(goes_right & test->strikes[0]);
      if (wide)
        second &= ~(goes_right & test->strikes[1]);
    }
    uint32_t *out = leaves + tree * TREE_LANES;
    lanes_word before = {0};
    if (wide) {
      lanes_word is_second = (lanes_word)(first == 0);
      first |= is_second & second;
      before = is_second & 32;
    }
    before += shape->first_leaf;
    for (int row = 0; row < TREE_LANES; row++)
      out[row] = before[row] + (uint32_t)__builtin_clz(first[row]);
  }
}

VECTOR_CODE
void tree_route_block(const struct tree_layout *layout, const float *x, size_t rows, float *scratch,
                      uint32_t *leaves) {
  size_t features = layout->features, columns = layout->columns;
  if (rows == 1) {
    const float *values = x;
    if (tree_row_sets_serve(layout)) {
      if (layout->row.width > features) {
        memcpy(scratch, x, features * sizeof *x);
        derive_numbers(layout, x, scratch, 1);
        values = scratch;
      }
      tree_row_sets(layout, values, leaves);
      return;
    }
    if (columns > features) {
      memcpy(scratch, x, features * sizeof *x);
      derive(layout, x, scratch, 1);
      negate(layout, scratch, 1);
      values = scratch;
    }
    walk_row(layout, values, leaves);
    return;
  }
  if (layout->set_bits > 0) {
    /* Lanes without a row repeat the last row. */
    for (size_t row = 0; row < TREE_LANES; row++) {
      const float *source = x + (row < rows ? row : rows - 1) * features;
      for (size_t i = 0; i < features; i++)
        scratch[i * TREE_LANES + row] = source[i];
      derive(layout, source, scratch + row, TREE_LANES);
    }
    negate(layout, scratch, TREE_LANES);
    if (layout->set_bits == 32)
      sets_block(layout, scratch, leaves, false);
    else
      sets_block(layout, scratch, leaves, true);
    return;
  }
  const float *values = x;
  if (columns > features || rows < TREE_LANES) {
    for (size_t row = 0; row < TREE_LANES; row++) {
      const float *source = x + (row < rows ? row : rows - 1) * features;
      memcpy(scratch + row * columns, source, features * sizeof *x);
      derive(layout, source, scratch + row * columns, 1);
      negate(layout, scratch + row * columns, 1);
    }
    values = scratch;
  }
  walk_block(layout, values, leaves);
}
