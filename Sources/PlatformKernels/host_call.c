#include "host_call.h"

#include <stddef.h>

static _Thread_local void *current_call = NULL;

void *host_call_current(void) { return current_call; }

void host_call_set_current(void *call) { current_call = call; }
