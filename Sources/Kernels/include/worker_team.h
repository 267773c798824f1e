#ifndef KERNELS_WORKER_TEAM_H
#define KERNELS_WORKER_TEAM_H

#include <stdbool.h>
#include <stdint.h>

/* A team of threads that waits for work: it spins for some microseconds, since training steps
 * follow one another at that pace, then sleeps. It is built at the first use, and again, empty,
 * in a forked child. */

typedef void (*worker_team_body)(void *context, int32_t shard);

/* 0: the processors this process may use (affinity and container quota). */
void worker_team_set_threads(int32_t threads);
int32_t worker_team_threads(void);

/* body(context, shard) once for each shard in 0 ..< shards; returns when all are done. When the
 * team is busy for another caller, the caller runs all shards itself. */
void worker_team_run(int32_t shards, worker_team_body body, void *context);

/* The same with all shards at work at the same time, so that they may wait for one another; false,
 * and nothing is done, when there are not as many threads for it. */
bool worker_team_run_together(int32_t shards, worker_team_body body, void *context);

/* Within a run: waits until `*turn` is at least `value`, as `worker_pass_turn` sets it. A shard may
 * wait for an earlier one: shards are taken in order. */
void worker_await_turn(const uint32_t *turn, uint32_t value);
void worker_pass_turn(uint32_t *turn, uint32_t value);

/* Within worker_team_run_together: waits until all `shards` have come here. `*arrivals` starts at 0
 * and serves any number of meetings. */
void worker_meet(uint32_t *arrivals, int32_t shards);

#endif
