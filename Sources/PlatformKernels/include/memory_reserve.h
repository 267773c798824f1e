#ifndef PLATFORM_KERNELS_MEMORY_RESERVE_H
#define PLATFORM_KERNELS_MEMORY_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

/* Memory that is set aside for the case that the system has none. Swift ends the process if a
 * small allocation fails. In the built library, such an allocation is served from this reserve
 * (memory_wrapping.c) and the current call is marked as out of memory (memory_call.h), so that
 * it soon ends with an error. The reserve consists of address space only, until it is used. */

enum {
  MEMORY_RESERVE_BYTES = 1 << 26,  /* size of one reserve */
  MEMORY_RESERVE_LARGEST = 1 << 24 /* maximum size of a request */
};

/* Allocates the reserve, or another one if the present one is partly used; a failure is retried
 * in the next call. Cheap if nothing was taken. */
void memory_reserve_prepare(void);
/* The same for the blocks that C++ needs (memory_wrapping.c). */
void memory_spares_prepare(void);

/* A block of `bytes`, aligned to `alignment`, a power of two of at most 2 MB; NULL if the
 * reserve is used up or the request is too large for it. */
void *memory_reserve_take(size_t alignment, size_t bytes);
void memory_reserve_give(void *memory);
bool memory_reserve_holds(const void *memory);
/* The usable size of a block of the reserve. */
size_t memory_reserve_room(const void *memory);
/* The number of bytes taken from all reserves. */
size_t memory_reserve_taken(void);

/* Memory from the system only, for callers that can handle NULL with an error. Freed with
 * `free`. */
void *memory_request(size_t alignment, size_t bytes);

/* Whether the system could provide a block of `bytes` now. */
bool memory_is_available(size_t bytes);

/* Whether there is room for arrays as large as a block of `bytes` that was just allocated.
 * Values of rows are stored in blocks, whose allocation can fail with an error, and processed in
 * arrays with as many elements, whose allocation cannot. */
bool memory_leaves_headroom(size_t bytes);

#endif
