#ifndef ENGINE_KERNELS_LAZY_UPDATES_H
#define ENGINE_KERNELS_LAZY_UPDATES_H

#include <stddef.h>
#include <stdint.h>

/* Lazy updates: records which weights ever had a gradient, in blocks of 16. A batch of texts
 * reads few rows of the embedding table; an optimizer without decay need not update the others,
 * whose moments are zero. */
enum { LAZY_BLOCK = 16 };

/* Finds the next run of blocks, from block `from` up to `blocks`, that had a gradient before or
 * have one now; the latter are recorded. Returns the first block of the run, `blocks` if there
 * is none; `end` is the block after the last. */
size_t lazy_run(const float *gradients, uint8_t *touched, size_t from, size_t blocks, size_t *end);
/* Records the blocks in which values (an optimizer's moments) are not all zero. */
void lazy_note(const float *values, uint8_t *touched, size_t blocks);

#endif
