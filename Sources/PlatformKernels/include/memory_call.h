#ifndef PLATFORM_KERNELS_MEMORY_CALL_H
#define PLATFORM_KERNELS_MEMORY_CALL_H

#include <stdbool.h>

struct memory_output;

/* The state of memory during a call of the library: whether memory ran out anywhere in its work,
 * on any worker. The call's results are then discarded, because some step may have
 * misinterpreted the failure or worked around it. */
struct memory_call {
  struct memory_call *outer; /* set if a host's callback calls the library again */
  struct memory_output *outputs;
  int marked;
};

/* Begins a call on this thread; it must end on the same thread. */
void memory_call_begin(struct memory_call *call);

/* Ends the call. Unless it succeeded and memory sufficed, returns false, and the outputs are
 * released and set to NULL. */
bool memory_call_end(struct memory_call *call, bool succeeded);

/* Writes a value to the caller's pointer; `release` is called if the call fails later. Returns
 * false, without writing, if memory ran out. */
bool memory_call_hand_out(void **place, void *value, void (*release)(void *));

/* The call of this thread's work, or NULL; a worker takes over its caller's. */
struct memory_call *memory_call_current(void);
void memory_call_take_over(struct memory_call *call);

/* Marks the current call as out of memory. */
void memory_call_mark(void);
bool memory_call_is_marked(void);

#endif
