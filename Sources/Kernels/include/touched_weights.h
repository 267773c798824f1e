#ifndef KERNELS_TOUCHED_WEIGHTS_H
#define KERNELS_TOUCHED_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

/* Which weights ever had a gradient, by blocks of 16: a batch of texts reads few rows of the table
 * of all words, and an optimizer without decay leaves the others, whose moments are zero, as they
 * are. */
enum { TOUCHED_BLOCK = 16 };

/* The next neighbouring blocks, from block `from` up to `blocks`, of which each was touched before
 * or has a gradient now, which is noted. Returns the first one's number, `blocks` if there is none;
 * `end` is the number behind the last. */
size_t touched_run(const float *gradients, uint8_t *touched, size_t from, size_t blocks,
                   size_t *end);
/* Notes the blocks in which values, an optimizer's moments, are not all zero. */
void touched_note(const float *values, uint8_t *touched, size_t blocks);

#endif
