#ifndef ENGINE_KERNELS_EMBEDDING_ROW_H
#define ENGINE_KERNELS_EMBEDDING_ROW_H

#include <stddef.h>
#include <stdint.h>

/* The row of a table for an index given as a float, from the end if it is negative; SIZE_MAX if it
 * is outside. Fractions are cut off. */
static inline size_t embedding_row(float index, size_t vocabulary) {
  if (index > -1.0f && index < (float)vocabulary)
    return (size_t)(index > 0.0f ? index : 0.0f);
  if (index < 0.0f && index >= -(float)vocabulary)
    return vocabulary - (size_t)-index;
  return SIZE_MAX;
}

#endif
