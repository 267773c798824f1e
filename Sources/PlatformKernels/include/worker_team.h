#ifndef PLATFORM_KERNELS_WORKER_TEAM_H
#define PLATFORM_KERNELS_WORKER_TEAM_H

#include <stdbool.h>
#include <stdint.h>

/* The process's threads that wait for work: helpers. They spin for some microseconds, because
 * training steps follow each other at this pace, and then sleep. They are created when they are
 * first needed, and anew in a forked child. All runs at the same time share them: a run takes the
 * helpers that are idle now, up to the budget of the thread that starts it. */

typedef void (*worker_team_body)(void *context, int32_t shard);

/* 0: the number of processors available to this process (affinity and container quota). */
void worker_team_set_threads(int32_t threads);
int32_t worker_team_threads(void);

/* The number of threads that the calling thread's work may use, itself included. A run divides it
 * among the threads that take its shards. */
int32_t worker_budget(void);

/* Lowers the budget of the calling thread to `threads`; returns what worker_budget_restore takes
 * to undo it. */
int32_t worker_budget_limit(int32_t threads);
void worker_budget_restore(int32_t before);

/* Calls body(context, shard) once for each shard in 0 ..< shards; returns when all calls have
 * returned. Without an idle helper, the caller runs all shards itself. */
void worker_team_run(int32_t shards, worker_team_body body, void *context);

/* The same, but all shards run at the same time, so that they may wait for each other. Returns
 * false, without running any, if there are not enough threads. */
bool worker_team_run_together(int32_t shards, worker_team_body body, void *context);

/* For use in a run: waits until `*turn` is at least `value`; `worker_pass_turn` sets it. A shard
 * may wait for an earlier one, because shards are started in order. */
void worker_await_turn(const uint32_t *turn, uint32_t value);
void worker_pass_turn(uint32_t *turn, uint32_t value);

/* For use in worker_team_run_together: waits until all `shards` have arrived. `*arrivals` starts
 * at 0 and can be used for any number of barriers. */
void worker_meet(uint32_t *arrivals, int32_t shards);

#endif
