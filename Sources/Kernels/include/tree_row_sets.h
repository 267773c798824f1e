#ifndef KERNELS_TREE_ROW_SETS_H
#define KERNELS_TREE_ROW_SETS_H

#include "tree_routing.h"

/* One row by sets of leaves, for small trees of few columns: all columns lie in two registers, from
 * which the splits of a tree, 16 at a time, pick theirs without touching memory. What the splits by
 * sets of categories strike out is known for every category, 16 trees at a time. */

enum {
  TREE_ROW_LANES = 16,
  /* Columns that two registers hold. */
  TREE_ROW_COLUMNS = 32
};

/* Of a column's number: minus the column. */
static const uint32_t TREE_ROW_NEGATED = 0x80000000u;

/* Whether this processor has the registers, and the trees fit. */
bool tree_row_sets_serve(const struct tree_layout *layout);

/* values (row.width) → leaves (trees, and room up to a multiple of 16) */
void tree_row_sets(const struct tree_layout *layout, const float *values, uint32_t *leaves);

#endif
