#include "worker_team.h"

/* Runs whose body is a closure of Swift that does not escape. Swift passes such a closure as a
 * function and the address of what it captures, and would allocate memory to store it as a C
 * function and a context. WorkerPool.swift declares these functions. */

typedef
    __attribute__((swiftcall)) void (*swift_body)(intptr_t shard,
                                                  __attribute__((swift_context)) void *captured);

struct swift_closure {
  swift_body body;
  void *captured;
};

static void call(void *context, int32_t shard) {
  const struct swift_closure *closure = context;
  closure->body(shard, closure->captured);
}

__attribute__((swiftcall)) void swift_shards_run(int32_t shards, swift_body body, void *captured);
__attribute__((swiftcall)) bool swift_shards_run_together(int32_t shards, swift_body body,
                                                          void *captured);

__attribute__((swiftcall)) void swift_shards_run(int32_t shards, swift_body body, void *captured) {
  struct swift_closure closure = {body, captured};
  worker_team_run(shards, call, &closure);
}

__attribute__((swiftcall)) bool swift_shards_run_together(int32_t shards, swift_body body,
                                                          void *captured) {
  struct swift_closure closure = {body, captured};
  return worker_team_run_together(shards, call, &closure);
}
