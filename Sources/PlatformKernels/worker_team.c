#include "worker_team.h"

#include "memory_call.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAXIMUM_THREADS = 1024, SPINS_BEFORE_SLEEP = 4000 };

static pthread_mutex_t team_mutex = PTHREAD_MUTEX_INITIALIZER; /* held by the caller at work */
static pthread_once_t fork_handler_once = PTHREAD_ONCE_INIT;
static atomic_int wanted_threads; /* 0 until requested */
static int32_t started_threads;   /* helpers that exist; guarded by team_mutex */

/* The current work. `generation` changes when there is new work; helpers wait for it. */
static _Atomic uint32_t generation;
static atomic_int next_shard, sleeping_helpers;
static _Atomic uint32_t running_helpers; /* the caller waits for it */
static atomic_bool caller_sleeps;
static int32_t shard_count;
/* The number of helpers that take part: fewer than exist if the number of threads was reduced. */
static int32_t taking_helpers;
static worker_team_body work_body;
static void *work_context;
static struct memory_call *work_call; /* the call that a failed allocation marks */

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* The number of processors that the affinity mask and the container's quota (cgroup 2, then 1)
 * allow. */
static int32_t allowed_processors(void) {
  cpu_set_t set;
  long count = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    count = CPU_COUNT(&set);
  else
    count = sysconf(_SC_NPROCESSORS_ONLN);
  long quota = -1, period = -1;
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (file) {
    if (fscanf(file, "%ld %ld", &quota, &period) != 2)
      quota = -1;
    fclose(file);
  } else if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re"))) {
    if (fscanf(file, "%ld", &quota) != 1)
      quota = -1;
    fclose(file);
    if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re"))) {
      if (fscanf(file, "%ld", &period) != 1)
        period = -1;
      fclose(file);
    }
  }
  if (quota > 0 && period > 0) {
    long limit = (quota + period - 1) / period;
    if (limit < count)
      count = limit;
  }
  if (count < 1)
    count = 1;
  return count > MAXIMUM_THREADS ? MAXIMUM_THREADS : (int32_t)count;
}

void worker_team_set_threads(int32_t threads) { atomic_store(&wanted_threads, threads); }

int32_t worker_team_threads(void) {
  int32_t threads = atomic_load(&wanted_threads);
  if (threads <= 0) {
    static atomic_int found;
    threads = atomic_load(&found);
    if (threads == 0)
      atomic_store(&found, threads = allowed_processors());
  }
  return threads;
}

static void take_shards(void) {
  for (;;) {
    int32_t shard = atomic_fetch_add(&next_shard, 1);
    if (shard >= shard_count)
      return;
    work_body(work_context, shard);
  }
}

/* The arguments of a helper: its index, and its first generation. */
static void *helper_start(int32_t place, uint32_t first_generation) {
  return (void *)((uintptr_t)place << 32 | first_generation);
}

static void *helper_main(void *start) {
  uint32_t seen = (uint32_t)(uintptr_t)start;
  int32_t place = (int32_t)((uintptr_t)start >> 32);
  for (;;) {
    for (int spin = 0; atomic_load_explicit(&generation, memory_order_acquire) == seen; spin++) {
      pause_briefly();
      if (spin < SPINS_BEFORE_SLEEP)
        continue;
      atomic_fetch_add(&sleeping_helpers, 1);
      syscall(SYS_futex, &generation, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
      atomic_fetch_sub(&sleeping_helpers, 1);
    }
    seen = atomic_load_explicit(&generation, memory_order_acquire);
    if (place < taking_helpers) {
      memory_call_take_over(work_call);
      take_shards();
      memory_call_take_over(NULL);
    }
    if (atomic_fetch_sub(&running_helpers, 1) == 1 && atomic_load(&caller_sleeps))
      syscall(SYS_futex, &running_helpers, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  }
  return NULL;
}

/* A forked child has no helpers. */
static void forget_team(void) {
  started_threads = 0;
  atomic_store(&running_helpers, 0);
  atomic_store(&caller_sleeps, false);
  atomic_store(&sleeping_helpers, 0);
  pthread_mutex_init(&team_mutex, NULL);
}

static void install_fork_handler(void) { pthread_atfork(NULL, NULL, forget_team); }

/* Starts helpers until there are `count`, or until the system refuses. */
static void start_helpers(int32_t count) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 4 << 20);
  /* Helpers block all signals, which are for the host's threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (started_threads < count) {
    pthread_t thread;
    void *start = helper_start(started_threads, atomic_load(&generation));
    if (pthread_create(&thread, &attributes, helper_main, start) != 0)
      break;
    started_threads++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

/* The caller must hold the team. `helpers` of the helpers take shards. */
static void run_on_team(int32_t shards, int32_t helpers, worker_team_body body, void *context) {
  work_body = body;
  work_context = context;
  work_call = memory_call_current();
  shard_count = shards;
  taking_helpers = helpers;
  atomic_store(&next_shard, 0);
  /* Every helper answers every generation, so that none is still reading earlier work. */
  atomic_store(&running_helpers, (uint32_t)started_threads);
  atomic_fetch_add_explicit(&generation, 1, memory_order_seq_cst);
  if (atomic_load(&sleeping_helpers) > 0)
    syscall(SYS_futex, &generation, FUTEX_WAKE_PRIVATE, MAXIMUM_THREADS, NULL, NULL, 0);
  take_shards();
  /* If there are fewer processors than threads, spinning would keep a helper from running. */
  uint32_t running;
  for (int spin = 0; (running = atomic_load(&running_helpers)) > 0; spin++) {
    pause_briefly();
    if (spin < SPINS_BEFORE_SLEEP)
      continue;
    atomic_store(&caller_sleeps, true);
    if (atomic_load(&running_helpers) == running)
      syscall(SYS_futex, &running_helpers, FUTEX_WAIT_PRIVATE, running, NULL, NULL, 0);
    atomic_store(&caller_sleeps, false);
  }
  pthread_mutex_unlock(&team_mutex);
}

static bool take_team(int32_t shards) {
  pthread_once(&fork_handler_once, install_fork_handler);
  if (shards == 1 || worker_team_threads() == 1 || pthread_mutex_trylock(&team_mutex) != 0)
    return false;
  start_helpers(worker_team_threads() - 1);
  return true;
}

void worker_team_run(int32_t shards, worker_team_body body, void *context) {
  if (shards <= 0)
    return;
  if (take_team(shards)) {
    run_on_team(shards, worker_team_threads() - 1, body, context);
    return;
  }
  for (int32_t shard = 0; shard < shards; shard++)
    body(context, shard);
}

bool worker_team_run_together(int32_t shards, worker_team_body body, void *context) {
  if (shards > worker_team_threads() || !take_team(shards))
    return false;
  if (started_threads < shards - 1) {
    pthread_mutex_unlock(&team_mutex);
    return false;
  }
  /* Each shard waits for the others, even if another thread requests the team meanwhile. */
  run_on_team(shards, shards - 1, body, context);
  return true;
}

/* Spins, and yields the processor if there are fewer processors than threads. */
static void await_value(const uint32_t *place, uint32_t value) {
  for (int spin = 0; (int32_t)(__atomic_load_n(place, __ATOMIC_ACQUIRE) - value) < 0; spin++) {
    pause_briefly();
    if (spin > SPINS_BEFORE_SLEEP)
      sched_yield();
  }
}

void worker_await_turn(const uint32_t *turn, uint32_t value) { await_value(turn, value); }

void worker_pass_turn(uint32_t *turn, uint32_t value) {
  __atomic_store_n(turn, value, __ATOMIC_RELEASE);
}

void worker_meet(uint32_t *arrivals, int32_t shards) {
  uint32_t mine = __atomic_fetch_add(arrivals, 1, __ATOMIC_ACQ_REL), all = (uint32_t)shards;
  await_value(arrivals, mine - mine % all + all);
}
