/* Replaces the allocation functions of the process; one allocation fails, alone or with all
 * later ones. For inclusion in a single program. */
#ifndef FAILING_MEMORY_H
#define FAILING_MEMORY_H

#include <errno.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static volatile long requests, failing_request, outstanding;
static volatile int counting, failing_stays;

static int fails(void) {
  long number;
  if (!counting)
    return 0;
  number = __sync_add_and_fetch(&requests, 1);
  return failing_request > 0 &&
         (number == failing_request || (failing_stays && number > failing_request));
}

static void *counted(void *memory) {
  if (memory)
    __sync_add_and_fetch(&outstanding, 1);
  else
    errno = ENOMEM;
  return memory;
}

void *malloc(size_t size) { return counted(fails() ? NULL : __libc_malloc(size)); }
void *calloc(size_t count, size_t size) {
  return counted(fails() ? NULL : __libc_calloc(count, size));
}
void *aligned_alloc(size_t alignment, size_t size) {
  return counted(fails() ? NULL : __libc_memalign(alignment, size));
}
void *memalign(size_t alignment, size_t size) {
  return counted(fails() ? NULL : __libc_memalign(alignment, size));
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *made = counted(fails() ? NULL : __libc_memalign(alignment, size));
  if (made)
    *memory = made;
  return made ? 0 : ENOMEM;
}
void *realloc(void *memory, size_t size) {
  void *moved;
  if (!memory)
    return malloc(size);
  if (fails()) {
    errno = ENOMEM;
    return NULL;
  }
  moved = __libc_realloc(memory, size);
  if (!moved && size == 0)
    __sync_sub_and_fetch(&outstanding, 1);
  return moved;
}
void free(void *memory) {
  if (memory)
    __sync_sub_and_fetch(&outstanding, 1);
  __libc_free(memory);
}

#endif
