/* The allocation functions for the library, including the Swift runtime inside it. The Makefile
 * uses the linker's --wrap to replace each call of `malloc` by `__wrap_malloc`, and so on. If
 * the system has no memory, kept blocks are returned to it; if that does not help, the reserve
 * serves the request and the call is marked. Without the
 * linker option (tests of modules), nothing here is called. */
#include "memory_call.h"
#include "memory_kept.h"
#include "memory_reserve.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern void *__real_malloc(size_t) __attribute__((weak));
extern void *__real_calloc(size_t, size_t) __attribute__((weak));
extern void *__real_realloc(void *, size_t) __attribute__((weak));
extern void *__real_aligned_alloc(size_t, size_t) __attribute__((weak));
extern void *__real_memalign(size_t, size_t) __attribute__((weak));
extern int __real_posix_memalign(void **, size_t, size_t) __attribute__((weak));
extern void __real_free(void *) __attribute__((weak));
extern size_t __real_malloc_usable_size(void *) __attribute__((weak));
extern void *__real__Znwm(size_t) __attribute__((weak));
extern void *__real__ZnwmSt11align_val_t(size_t, size_t) __attribute__((weak));

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_memalign(size_t alignment, size_t bytes);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t bytes);
void __wrap_free(void *memory);
size_t __wrap_malloc_usable_size(void *memory);
char *__wrap_strdup(const char *text);
void *__wrap__Znwm(size_t bytes);
void *__wrap__Znam(size_t bytes);
void *__wrap__ZnwmSt11align_val_t(size_t bytes, size_t alignment);

__attribute__((constructor)) static void prepare(void) {
  if (__real_malloc)
    memory_reserve_prepare();
}

static void *from_reserve(size_t alignment, size_t bytes) {
  memory_call_mark();
  void *memory = memory_reserve_take(alignment, bytes);
  if (memory == NULL)
    errno = ENOMEM;
  return memory;
}

void *__wrap_malloc(size_t bytes) {
  void *memory = __real_malloc(bytes);
  if (memory == NULL && memory_kept_release())
    memory = __real_malloc(bytes);
  return memory != NULL ? memory : from_reserve(16, bytes);
}

void *__wrap_calloc(size_t count, size_t bytes) {
  void *memory = __real_calloc(count, bytes);
  if (memory == NULL && memory_kept_release())
    memory = __real_calloc(count, bytes);
  size_t all;
  if (memory != NULL || __builtin_mul_overflow(count, bytes, &all))
    return memory;
  memory = from_reserve(16, all);
  if (memory != NULL)
    memset(memory, 0, all);
  return memory;
}

void *__wrap_realloc(void *memory, size_t bytes) {
  if (memory == NULL)
    return __wrap_malloc(bytes);
  bool held = memory_reserve_holds(memory);
  if (!held) {
    void *moved = __real_realloc(memory, bytes);
    if (moved == NULL && bytes != 0 && memory_kept_release())
      moved = __real_realloc(memory, bytes);
    if (moved != NULL || bytes == 0)
      return moved;
  }
  void *moved = held ? __wrap_malloc(bytes) : from_reserve(16, bytes);
  if (moved == NULL)
    return NULL;
  size_t room = held ? memory_reserve_room(memory) : __real_malloc_usable_size(memory);
  memcpy(moved, memory, room < bytes ? room : bytes);
  __wrap_free(memory);
  return moved;
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
  void *memory = __real_aligned_alloc(alignment, bytes);
  if (memory == NULL && memory_kept_release())
    memory = __real_aligned_alloc(alignment, bytes);
  return memory != NULL ? memory : from_reserve(alignment, bytes);
}

void *__wrap_memalign(size_t alignment, size_t bytes) {
  void *memory = __real_memalign(alignment, bytes);
  if (memory == NULL && memory_kept_release())
    memory = __real_memalign(alignment, bytes);
  return memory != NULL ? memory : from_reserve(alignment, bytes);
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t bytes) {
  int status = __real_posix_memalign(memory, alignment, bytes);
  if (status == ENOMEM && memory_kept_release())
    status = __real_posix_memalign(memory, alignment, bytes);
  if (status != ENOMEM)
    return status;
  *memory = from_reserve(alignment, bytes);
  return *memory != NULL ? 0 : ENOMEM;
}

void __wrap_free(void *memory) {
  if (memory != NULL && memory_reserve_holds(memory))
    memory_reserve_give(memory);
  else
    __real_free(memory);
}

size_t __wrap_malloc_usable_size(void *memory) {
  if (memory != NULL && memory_reserve_holds(memory))
    return memory_reserve_room(memory);
  return __real_malloc_usable_size(memory);
}

char *__wrap_strdup(const char *text) {
  size_t bytes = strlen(text) + 1;
  char *copy = __wrap_malloc(bytes);
  if (copy != NULL)
    memcpy(copy, text, bytes);
  return copy;
}

/* Memory that C++ allocates here may be freed in its library, which does not know the reserve.
 * These blocks therefore come from the system and are allocated in advance. */
enum { SPARE_SIZES = 3, SPARES = 32 };
static const size_t spare_sizes[SPARE_SIZES] = {128, 1024, 16384};
static void *spares[SPARE_SIZES][SPARES];
static pthread_mutex_t spares_mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool spares_are_whole;

static void *take_spare(size_t bytes) {
  void *found = NULL;
  pthread_mutex_lock(&spares_mutex);
  for (int size = 0; size < SPARE_SIZES && found == NULL; size++)
    for (int place = 0; bytes <= spare_sizes[size] && place < SPARES && found == NULL; place++) {
      found = spares[size][place];
      spares[size][place] = NULL;
    }
  atomic_store(&spares_are_whole, false);
  pthread_mutex_unlock(&spares_mutex);
  return found;
}

void memory_spares_prepare(void) {
  if (!__real_malloc || atomic_load_explicit(&spares_are_whole, memory_order_relaxed))
    return;
  pthread_mutex_lock(&spares_mutex);
  bool whole = true;
  for (int size = 0; size < SPARE_SIZES; size++)
    for (int place = 0; place < SPARES; place++) {
      if (spares[size][place] == NULL)
        spares[size][place] = __real_malloc(spare_sizes[size]);
      whole = whole && spares[size][place] != NULL;
    }
  atomic_store(&spares_are_whole, whole);
  pthread_mutex_unlock(&spares_mutex);
}

void *__wrap__Znwm(size_t bytes) {
  void *memory = __real_malloc(bytes == 0 ? 1 : bytes);
  if (memory == NULL && memory_kept_release())
    memory = __real_malloc(bytes == 0 ? 1 : bytes);
  if (memory != NULL)
    return memory;
  memory_call_mark();
  memory = take_spare(bytes);
  return memory != NULL ? memory : __real__Znwm(bytes);
}

void *__wrap__Znam(size_t bytes) { return __wrap__Znwm(bytes); }

void *__wrap__ZnwmSt11align_val_t(size_t bytes, size_t alignment) {
  if (alignment <= 16)
    return __wrap__Znwm(bytes);
  void *memory = NULL;
  if (__real_posix_memalign(&memory, alignment, bytes) == 0)
    return memory;
  memory_call_mark();
  return __real__ZnwmSt11align_val_t(bytes, alignment);
}
