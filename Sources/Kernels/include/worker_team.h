#ifndef KERNELS_WORKER_TEAM_H
#define KERNELS_WORKER_TEAM_H

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

#endif
