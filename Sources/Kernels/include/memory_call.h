#ifndef KERNELS_MEMORY_CALL_H
#define KERNELS_MEMORY_CALL_H

#include <stdbool.h>

struct memory_output;

/* A call of the library as far as memory goes: whether it ran out of it, wherever in its work and
 * on whichever worker. Its results are then given up, so that a failure that some step took for
 * something else, or worked around, cannot change them. */
struct memory_call {
  struct memory_call *outer; /* a host's callback may call again */
  struct memory_output *outputs;
  int marked;
};

/* Begins a call on this thread; to be ended on the same. */
void memory_call_begin(struct memory_call *call);

/* Ends it. False, and what it handed out is released and NULL again, unless it succeeded and memory
 * sufficed. */
bool memory_call_end(struct memory_call *call, bool succeeded);

/* Writes a value to the caller's place, to be taken back by `release` if the call fails after all;
 * false, with nothing written, when memory ran out. */
bool memory_call_hand_out(void **place, void *value, void (*release)(void *));

/* The call that this thread works for, or NULL; a worker takes over its caller's. */
struct memory_call *memory_call_current(void);
void memory_call_take_over(struct memory_call *call);

/* Marks the current call as out of memory. */
void memory_call_mark(void);
bool memory_call_is_marked(void);

#endif
