#include "stack_room.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* The deepest call measured (tuning) needs 80 kB in a release build. */
enum { NEEDED = 256 << 10, STACK = 1 << 20, GUARD = 64 << 10, KEPT = 16 };

/* The stack of this thread; 0 and 0 if it is unknown. */
static _Thread_local uintptr_t lowest __attribute__((tls_model("initial-exec")));
static _Thread_local uintptr_t highest __attribute__((tls_model("initial-exec")));

static void learn(void) {
  pthread_attr_t attributes;
  void *start = NULL;
  size_t size = 0, guard = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    if (pthread_attr_getstack(&attributes, &start, &size) == 0 &&
        pthread_attr_getguardsize(&attributes, &guard) == 0 && size > guard) {
      lowest = (uintptr_t)start + guard;
      highest = (uintptr_t)start + size;
    }
    pthread_attr_destroy(&attributes);
  } else if (syscall(SYS_gettid) == getpid()) {
    /* The main thread's stack grows; its bounds cannot be found without /proc. */
    highest = (uintptr_t)__builtin_frame_address(0) + GUARD;
    lowest = highest - 2 * NEEDED;
  }
}

bool stack_has_room(void) {
  if (highest == 0)
    learn();
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  return here >= lowest && here < highest && here - lowest >= NEEDED;
}

/* Unused stacks. */
static _Atomic(void *) kept[KEPT];

static void *take_stack(void) {
  for (int place = 0; place < KEPT; place++) {
    void *stack = atomic_exchange(&kept[place], NULL);
    if (stack != NULL)
      return stack;
  }
  void *stack = mmap(NULL, GUARD + STACK, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED)
    return NULL;
  mprotect(stack, GUARD, PROT_NONE);
  return stack;
}

static void give_stack(void *stack) {
  for (int place = 0; place < KEPT; place++) {
    void *none = NULL;
    if (atomic_compare_exchange_strong(&kept[place], &none, stack))
      return;
  }
  munmap(stack, GUARD + STACK);
}

struct errand {
  void (*body)(void *context);
  void *context;
  uintptr_t outer_lowest, outer_highest;
};

/* makecontext passes ints, not pointers. */
static void begin(unsigned high, unsigned low) {
  struct errand *errand = (struct errand *)((uintptr_t)high << 32 | low);
  errand->body(errand->context);
}

bool stack_run(void (*body)(void *context), void *context) {
  char *stack = take_stack();
  ucontext_t here, there;
  if (stack == NULL || getcontext(&there) != 0)
    return false;
  struct errand errand = {body, context, lowest, highest};
  there.uc_stack.ss_sp = stack + GUARD;
  there.uc_stack.ss_size = STACK;
  there.uc_link = &here;
  uintptr_t place = (uintptr_t)&errand;
  makecontext(&there, (void (*)(void))begin, 2, (unsigned)(place >> 32), (unsigned)place);
  /* A callback of the host may call the library again; it then runs on this stack. */
  lowest = (uintptr_t)stack + GUARD;
  highest = (uintptr_t)stack + GUARD + STACK;
  swapcontext(&here, &there);
  lowest = errand.outer_lowest;
  highest = errand.outer_highest;
  give_stack(stack);
  return true;
}
