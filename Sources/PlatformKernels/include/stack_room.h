#ifndef PLATFORM_KERNELS_STACK_ROOM_H
#define PLATFORM_KERNELS_STACK_ROOM_H

#include <stdbool.h>

/* Hosts may call from threads with small stacks, and from coroutines. */

/* Whether the current stack is known to have enough room left for any call. */
bool stack_has_room(void);

/* Runs `body` on a separate stack on the same thread, so that the host's callbacks run on the
 * calling thread. Returns false, without running `body`, if there is no memory for a stack. */
bool stack_run(void (*body)(void *context), void *context);

#endif
