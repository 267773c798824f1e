#include "memory_reserve.h"

#include "memory_kept.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Block sizes are powers of two from 64 bytes on, including the header. Freed blocks return to
 * the list of their size; a reserve without allocated blocks is reset. */
enum { SMALLEST_SHIFT = 6, CLASSES = 20, MOST_RESERVES = 32, HEADER = 16 };

struct block {
  struct block *next;
};

/* Placed directly before the memory that is returned. */
struct header {
  uint32_t class;
  uint32_t offset; /* from the block's start to the memory */
  uint64_t reserve;
};

struct reserve {
  char *start;
  size_t used;  /* from the start, including free blocks in lists */
  size_t taken; /* bytes in allocated blocks */
  struct block *lists[CLASSES];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_handler_once = PTHREAD_ONCE_INIT;
static struct reserve reserves[MOST_RESERVES];
static atomic_int reserve_count;
static int current;
static atomic_size_t taken;
/* Addresses outside this range are in no reserve; for most calls of free this check is enough. */
static _Atomic uintptr_t lowest = UINTPTR_MAX, highest = 0;

static void lock(void) { pthread_mutex_lock(&mutex); }
static void unlock(void) { pthread_mutex_unlock(&mutex); }
static void handle_forks(void) { pthread_atfork(lock, unlock, unlock); }

static void begin(struct reserve *reserve) {
  reserve->used = 0;
  for (int class = 0; class < CLASSES; class ++)
    reserve->lists[class] = NULL;
}

/* The caller must hold the mutex. */
static void add_reserve(void) {
  int count = atomic_load(&reserve_count);
  for (int index = 0; index < count; index++) {
    if (reserves[index].taken == 0) {
      current = index;
      return;
    }
  }
  if (count == MOST_RESERVES)
    return;
  void *memory = mmap(NULL, MEMORY_RESERVE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return;
  uintptr_t start = (uintptr_t)memory, end = start + MEMORY_RESERVE_BYTES;
  reserves[count].start = memory;
  begin(&reserves[count]);
  if (start < atomic_load(&lowest))
    atomic_store(&lowest, start);
  if (end > atomic_load(&highest))
    atomic_store(&highest, end);
  current = count;
  atomic_store(&reserve_count, count + 1);
}

void memory_reserve_prepare(void) {
  memory_spares_prepare();
  if (atomic_load_explicit(&reserve_count, memory_order_relaxed) > 0 &&
      atomic_load_explicit(&taken, memory_order_relaxed) == 0)
    return;
  pthread_once(&fork_handler_once, handle_forks);
  lock();
  if (atomic_load(&reserve_count) == 0 || reserves[current].taken > MEMORY_RESERVE_BYTES / 16)
    add_reserve();
  unlock();
}

void *memory_reserve_take(size_t alignment, size_t bytes) {
  if (bytes > MEMORY_RESERVE_LARGEST || alignment > 1 << 21 || atomic_load(&reserve_count) == 0)
    return NULL;
  if (alignment < HEADER)
    alignment = HEADER;
  size_t needed = bytes + HEADER + (alignment > HEADER ? alignment : 0);
  uint32_t class = 0;
  while (((size_t)1 << (SMALLEST_SHIFT + class)) < needed)
    class ++;
  size_t size = (size_t)1 << (SMALLEST_SHIFT + class);
  lock();
  struct reserve *reserve = &reserves[current];
  char *start = (char *)reserve->lists[class];
  if (start != NULL) {
    reserve->lists[class] = reserve->lists[class]->next;
  } else if (size <= MEMORY_RESERVE_BYTES - reserve->used) {
    start = reserve->start + reserve->used;
    reserve->used += size;
  }
  if (start != NULL) {
    reserve->taken += size;
    atomic_fetch_add(&taken, size);
  }
  uint64_t index = (uint64_t)current;
  unlock();
  if (start == NULL)
    return NULL;
  uintptr_t place = ((uintptr_t)start + HEADER + alignment - 1) & ~(uintptr_t)(alignment - 1);
  struct header *header = (struct header *)(place - HEADER);
  *header = (struct header){class, (uint32_t)(place - (uintptr_t)start), index};
  return (void *)place;
}

bool memory_reserve_holds(const void *memory) {
  uintptr_t place = (uintptr_t)memory;
  if (place < atomic_load_explicit(&lowest, memory_order_relaxed) ||
      place >= atomic_load_explicit(&highest, memory_order_relaxed))
    return false;
  int count = atomic_load(&reserve_count);
  for (int index = 0; index < count; index++)
    if (place - (uintptr_t)reserves[index].start < MEMORY_RESERVE_BYTES)
      return true;
  return false;
}

static const struct header *header_of(const void *memory) {
  return (const struct header *)((const char *)memory - HEADER);
}

size_t memory_reserve_room(const void *memory) {
  const struct header *header = header_of(memory);
  return ((size_t)1 << (SMALLEST_SHIFT + header->class)) - header->offset;
}

void memory_reserve_give(void *memory) {
  const struct header header = *header_of(memory);
  struct block *block = (struct block *)((char *)memory - header.offset);
  size_t size = (size_t)1 << (SMALLEST_SHIFT + header.class);
  lock();
  struct reserve *reserve = &reserves[header.reserve];
  block->next = reserve->lists[header.class];
  reserve->lists[header.class] = block;
  reserve->taken -= size;
  atomic_fetch_sub(&taken, size);
  if (reserve->taken == 0) {
    madvise(reserve->start, reserve->used, MADV_DONTNEED);
    begin(reserve);
  }
  unlock();
}

size_t memory_reserve_taken(void) { return atomic_load(&taken); }

/* The linker's names of the C library's functions if it wraps them, otherwise NULL. */
extern int __real_posix_memalign(void **, size_t, size_t) __attribute__((weak));
extern void *__real_malloc(size_t) __attribute__((weak));

static void *request(size_t alignment, size_t bytes) {
  if (alignment <= _Alignof(max_align_t))
    return __real_malloc ? __real_malloc(bytes) : malloc(bytes);
  void *memory = NULL;
  int failed = __real_posix_memalign ? __real_posix_memalign(&memory, alignment, bytes)
                                     : posix_memalign(&memory, alignment, bytes);
  return failed ? NULL : memory;
}

void *memory_request(size_t alignment, size_t bytes) {
  void *memory = request(alignment, bytes);
  return memory == NULL && memory_kept_release() ? request(alignment, bytes) : memory;
}

static bool is_available(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory != MAP_FAILED && munmap(memory, bytes) == 0;
}

bool memory_is_available(size_t bytes) {
  return is_available(bytes) || (memory_kept_release() && is_available(bytes));
}

bool memory_leaves_headroom(size_t bytes) {
  enum { MOST = 1 << 28 };
  return memory_is_available(bytes < MOST / 2 ? 2 * bytes : MOST);
}
