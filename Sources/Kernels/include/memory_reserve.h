#ifndef KERNELS_MEMORY_RESERVE_H
#define KERNELS_MEMORY_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

/* Memory set aside for when the system has none. Swift ends the process when a small allocation
 * fails; in the library as it is built such an allocation is served from here (memory_wrapping.c)
 * and the call that asked is marked as out of memory (memory_call.h), so that it ends with an
 * error soon. The reserve is address space only until it is used. */

enum {
  MEMORY_RESERVE_BYTES = 1 << 26,  /* of one reserve */
  MEMORY_RESERVE_LARGEST = 1 << 24 /* the largest request that it serves */
};

/* Sets the reserve aside, or another where the one at hand is partly used; what fails is tried
 * again at the next call. Cheap while nothing was taken. */
void memory_reserve_prepare(void);
/* The same for the few blocks that C++ needs (memory_wrapping.c). */
void memory_spares_prepare(void);

/* Room of `bytes`, aligned to `alignment`, a power of two of at most 2 MB; NULL when the reserve
 * is used up or the request is too large for it. */
void *memory_reserve_take(size_t alignment, size_t bytes);
void memory_reserve_give(void *memory);
bool memory_reserve_holds(const void *memory);
/* What a block of the reserve has room for. */
size_t memory_reserve_room(const void *memory);
/* Bytes that are taken from all reserves. */
size_t memory_reserve_taken(void);

/* Room that may be refused, from the system alone: for what can answer NULL with an error. Freed
 * by `free`. */
void *memory_request(size_t alignment, size_t bytes);

/* Whether the system would give a block of `bytes` now. */
bool memory_is_available(size_t bytes);

/* Whether there is room for arrays as large as a block of `bytes` that was just had: values of rows
 * come in blocks, whose allocation can fail with an error, and are worked on in arrays of as many
 * elements, whose allocation cannot. */
bool memory_leaves_headroom(size_t bytes);

#endif
