#ifndef ENGINE_KERNELS_TREE_ROW_SETS_H
#define ENGINE_KERNELS_TREE_ROW_SETS_H

#include "tree_routing.h"

/* One row by leaf sets, for small trees with few columns. All columns are in two registers, from
 * which a tree's splits select theirs, 16 at a time, without memory access. The leaves removed
 * by sets of categories are precomputed for every category, 16 trees at a time. */

enum {
  TREE_ROW_LANES = 16,
  /* The number of columns that two registers hold. */
  TREE_ROW_COLUMNS = 32
};

/* A flag in a column's number: the negated column. */
static const uint32_t TREE_ROW_NEGATED = 0x80000000u;

/* Whether this processor has the registers, and the trees fit. */
bool tree_row_sets_serve(const struct tree_layout *layout);

/* values (row.width) → leaves (trees, with room up to a multiple of 16) */
void tree_row_sets(const struct tree_layout *layout, const float *values, uint32_t *leaves);

#endif
