#include "memory_kept.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

enum { SLOTS = 64, HUGE_PAGE = 1 << 21 };

/* `length` is also the state of a slot: no lock is needed, also in the child of a fork. */
enum { EMPTY = 0, BUSY = 1 };
struct slot {
  _Atomic size_t length; /* of the block; EMPTY; BUSY while a thread changes the slot */
  void *memory;
};

static struct slot slots[SLOTS];
static _Atomic size_t kept; /* bytes in all slots */

static bool change(struct slot *slot, size_t from, size_t to) {
  return atomic_compare_exchange_strong_explicit(&slot->length, &from, to, memory_order_acquire,
                                                 memory_order_relaxed);
}

/* The block of a full slot, which is empty afterwards; NULL if another thread was faster. */
static void *take(struct slot *slot, size_t length) {
  if (!change(slot, length, BUSY))
    return NULL;
  void *memory = slot->memory;
  atomic_store_explicit(&slot->length, EMPTY, memory_order_release);
  atomic_fetch_sub_explicit(&kept, length, memory_order_relaxed);
  return memory;
}

/* A block from the system, at the start of a huge page. */
static void *map(size_t length) {
  if (length > SIZE_MAX - HUGE_PAGE)
    return NULL;
  char *all =
      mmap(NULL, length + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED)
    return NULL;
  size_t before = (HUGE_PAGE - (uintptr_t)all % HUGE_PAGE) % HUGE_PAGE;
  if (before > 0)
    munmap(all, before);
  munmap(all + before + length, HUGE_PAGE - before);
  madvise(all + before, length, MADV_HUGEPAGE);
  return all + before;
}

void *memory_kept_take(size_t bytes, size_t *length) {
  enum { PAGE = 4096 };
  if (bytes > SIZE_MAX / 2)
    return NULL;
  /* A remainder of more than half a huge page is rounded up to one; otherwise it would be hundreds
   * of small pages. */
  size_t rest = bytes % HUGE_PAGE;
  size_t wanted =
      rest > HUGE_PAGE / 2 ? bytes - rest + HUGE_PAGE : (bytes + PAGE - 1) / PAGE * PAGE;
  struct slot *best = NULL;
  size_t best_length = wanted + wanted / 4 + 1;
  for (int index = 0; index < SLOTS; index++) {
    size_t found = atomic_load_explicit(&slots[index].length, memory_order_relaxed);
    if (found >= wanted && found < best_length) {
      best = &slots[index];
      best_length = found;
    }
  }
  void *memory = best != NULL ? take(best, best_length) : NULL;
  if (memory != NULL) {
    *length = best_length;
    return memory;
  }
  *length = wanted;
  memory = map(wanted);
  return memory == NULL && memory_kept_release() ? map(wanted) : memory;
}

/* Whether a slot was empty and holds the block now. */
static bool keep(void *memory, size_t length) {
  for (int index = 0; index < SLOTS; index++) {
    if (change(&slots[index], EMPTY, BUSY)) {
      slots[index].memory = memory;
      madvise(memory, length, MADV_FREE);
      atomic_fetch_add_explicit(&kept, length, memory_order_relaxed);
      atomic_store_explicit(&slots[index].length, length, memory_order_release);
      return true;
    }
  }
  return false;
}

void memory_kept_give(void *memory, size_t length) {
  /* Blocks of sizes that nothing asks for any more give way to this one. */
  if (length <= MEMORY_KEPT_MOST &&
      atomic_load_explicit(&kept, memory_order_relaxed) > MEMORY_KEPT_MOST - length)
    memory_kept_release();
  if (length > MEMORY_KEPT_MOST || !keep(memory, length))
    munmap(memory, length);
}

bool memory_kept_release(void) {
  bool any = false;
  for (int index = 0; index < SLOTS; index++) {
    size_t length = atomic_load_explicit(&slots[index].length, memory_order_relaxed);
    void *memory = length > BUSY ? take(&slots[index], length) : NULL;
    if (memory != NULL) {
      munmap(memory, length);
      any = true;
    }
  }
  return any;
}

size_t memory_kept_bytes(void) { return atomic_load_explicit(&kept, memory_order_relaxed); }

/* The library may be unloaded while the process goes on. */
__attribute__((destructor)) static void release_at_unloading(void) { memory_kept_release(); }
