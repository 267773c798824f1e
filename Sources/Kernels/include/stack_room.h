#ifndef KERNELS_STACK_ROOM_H
#define KERNELS_STACK_ROOM_H

#include <stdbool.h>

/* Hosts call from threads with small stacks, and from coroutines. */

/* Whether the stack that this runs on is known to have as much room left as any call needs. */
bool stack_has_room(void);

/* Runs `body` on a stack of its own, on the same thread: the host's callbacks are on the thread
 * that made the call. False, and nothing is run, when there is no memory for a stack. */
bool stack_run(void (*body)(void *context), void *context);

#endif
