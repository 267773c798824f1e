#ifndef PLATFORM_KERNELS_MEMORY_KEPT_H
#define PLATFORM_KERNELS_MEMORY_KEPT_H

#include <stdbool.h>
#include <stddef.h>

/* Large blocks of memory whose content is not cleared. Freed blocks are kept for the next requests,
 * up to MEMORY_KEPT_MOST bytes in all: new pages must be cleared by the system, which takes a
 * quarter of the time of reading a table. The system may take the pages of kept blocks back
 * whenever it needs memory (MADV_FREE). */

#define MEMORY_KEPT_MOST ((size_t)64 << 20)

/* A block of at least `bytes` bytes at the start of a huge page; its length is written to `length`.
 * NULL: no memory. */
void *memory_kept_take(size_t bytes, size_t *length);
/* Frees a block that memory_kept_take returned, with its length. */
void memory_kept_give(void *memory, size_t length);
/* Returns all kept blocks to the system, where a request failed. Returns whether there was one. */
bool memory_kept_release(void);
/* The bytes of all kept blocks. */
size_t memory_kept_bytes(void);

#endif
