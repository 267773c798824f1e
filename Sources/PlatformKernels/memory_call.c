#include "memory_call.h"

#include <stddef.h>
#include <stdlib.h>

struct memory_output {
  void **place;
  void (*release)(void *);
  struct memory_output *next;
};

/* In the static thread-local block, so that reading it allocates nothing. */
static _Thread_local struct memory_call *current __attribute__((tls_model("initial-exec")));

void memory_call_begin(struct memory_call *call) {
  *call = (struct memory_call){.outer = current};
  current = call;
}

bool memory_call_end(struct memory_call *call, bool succeeded) {
  bool holds = succeeded && !__atomic_load_n(&call->marked, __ATOMIC_ACQUIRE);
  current = call->outer;
  while (call->outputs != NULL) {
    struct memory_output *output = call->outputs;
    call->outputs = output->next;
    if (!holds) {
      output->release(*output->place);
      *output->place = NULL;
    }
    free(output);
  }
  return holds;
}

bool memory_call_hand_out(void **place, void *value, void (*release)(void *)) {
  struct memory_output *output = NULL;
  if (memory_call_is_marked() || (output = malloc(sizeof *output)) == NULL)
    return false;
  *place = value;
  if (current == NULL) {
    free(output);
    return true;
  }
  *output = (struct memory_output){place, release, current->outputs};
  current->outputs = output;
  return true;
}

struct memory_call *memory_call_current(void) {
  return current;
}
void memory_call_take_over(struct memory_call *call) { current = call; }

void memory_call_mark(void) {
  if (current != NULL)
    __atomic_store_n(&current->marked, 1, __ATOMIC_RELEASE);
}

bool memory_call_is_marked(void) {
  return current != NULL && __atomic_load_n(&current->marked, __ATOMIC_ACQUIRE) != 0;
}
