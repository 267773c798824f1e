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

/* The shards of one run; on its caller's stack. */
struct job {
  worker_team_body body;
  void *context;
  struct memory_call *call; /* the call that a failed allocation marks */
  int32_t shards;
  int32_t helper_budget; /* of the work that a helper's shards start */
  atomic_int next_shard;
};

/* A thread that waits for jobs. The caller sets `job` and counts `asked` up; the helper takes the
 * job, and lets `answered` follow when it is done. A caller that has no shards left takes the job
 * back from a helper that did not start, which happens on processors that are busy otherwise. */
struct helper {
  _Alignas(64) _Atomic uint32_t asked, answered;
  atomic_bool sleeps, awaited; /* the helper, or its caller, waits in the kernel */
  _Atomic(struct job *) job;
  struct helper *next; /* in the list of idle helpers, or of one run's helpers */
};

static pthread_once_t fork_handler_once = PTHREAD_ONCE_INIT;
static atomic_int wanted_threads; /* 0 until requested */
/* The budget of this thread's work; 0: all threads of the process. In the static thread-local
 * block, so that reading it allocates nothing. */
static _Thread_local int32_t budget __attribute__((tls_model("initial-exec")));

static pthread_mutex_t team_mutex = PTHREAD_MUTEX_INITIALIZER;
/* Guarded by team_mutex. */
static struct helper helpers[MAXIMUM_THREADS - 1];
static struct helper *idle_helpers;
static int32_t started_helpers, busy_helpers;

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

int32_t worker_budget(void) {
  int32_t threads = worker_team_threads();
  return budget > 0 && budget < threads ? budget : threads;
}

int32_t worker_budget_limit(int32_t threads) {
  int32_t before = budget;
  if (threads > 0 && (before == 0 || threads < before))
    budget = threads;
  return before;
}

void worker_budget_restore(int32_t before) { budget = before; }

static void take_shards(struct job *job) {
  for (;;) {
    int32_t shard = atomic_fetch_add(&job->next_shard, 1);
    if (shard >= job->shards)
      return;
    job->body(job->context, shard);
  }
}

/* Waits until `*word` is `value`, or if `differs`, is not `value`; in the kernel after some spins.
 * `waits` tells the other side to wake this thread. */
static void await(_Atomic uint32_t *word, uint32_t value, bool differs, atomic_bool *waits) {
  uint32_t now;
  for (int spin = 0; ((now = atomic_load_explicit(word, memory_order_acquire)) == value) == differs;
       spin++) {
    pause_briefly();
    if (spin < SPINS_BEFORE_SLEEP)
      continue;
    atomic_store(waits, true);
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
    atomic_store(waits, false);
  }
}

static void change(_Atomic uint32_t *word, uint32_t value, atomic_bool *waits) {
  atomic_store(word, value);
  if (atomic_load(waits))
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *helper_main(void *start) {
  struct helper *self = start;
  for (uint32_t seen = 0;;) {
    await(&self->asked, seen, true, &self->sleeps);
    seen = atomic_load(&self->asked);
    struct job *job = atomic_exchange(&self->job, NULL);
    if (job) {
      budget = job->helper_budget;
      memory_call_take_over(job->call);
      take_shards(job);
      memory_call_take_over(NULL);
    }
    change(&self->answered, seen, &self->awaited);
  }
  return NULL;
}

/* A forked child has no helpers. */
static void forget_team(void) {
  idle_helpers = NULL;
  started_helpers = busy_helpers = 0;
  pthread_mutex_init(&team_mutex, NULL);
}

static void install_fork_handler(void) { pthread_atfork(NULL, NULL, forget_team); }

/* Starts up to `count` helpers, until the system refuses; they are idle. Holds team_mutex. */
static void start_helpers(int32_t count) {
  pthread_attr_t attributes;
  if (count <= 0 || pthread_attr_init(&attributes) != 0)
    return;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 4 << 20);
  /* Helpers block all signals, which are for the host's threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (; count > 0; count--) {
    struct helper *helper = &helpers[started_helpers];
    atomic_store(&helper->asked, 0);
    atomic_store(&helper->answered, 0);
    atomic_store(&helper->job, NULL);
    atomic_store(&helper->sleeps, false);
    atomic_store(&helper->awaited, false);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, helper_main, helper) != 0)
      break;
    helper->next = idle_helpers;
    idle_helpers = helper;
    started_helpers++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

/* Takes up to `most` idle helpers, or none if there are fewer than `least`. All runs together
 * use at most the threads of the process. */
static struct helper *claim_helpers(int32_t least, int32_t most, int32_t *count) {
  *count = 0;
  if (most <= 0)
    return NULL;
  pthread_once(&fork_handler_once, install_fork_handler);
  pthread_mutex_lock(&team_mutex);
  int32_t left = worker_team_threads() - 1 - busy_helpers;
  if (most > left)
    most = left;
  start_helpers(most - (started_helpers - busy_helpers));
  if (most > started_helpers - busy_helpers)
    most = started_helpers - busy_helpers;
  struct helper *claimed = NULL;
  if (most >= least) {
    for (; *count < most; ++*count) {
      struct helper *helper = idle_helpers;
      idle_helpers = helper->next;
      helper->next = claimed;
      claimed = helper;
    }
    busy_helpers += *count;
  }
  pthread_mutex_unlock(&team_mutex);
  return claimed;
}

static void return_helpers(struct helper *claimed, int32_t count) {
  pthread_mutex_lock(&team_mutex);
  while (claimed) {
    struct helper *helper = claimed;
    claimed = helper->next;
    helper->next = idle_helpers;
    idle_helpers = helper;
  }
  busy_helpers -= count;
  pthread_mutex_unlock(&team_mutex);
}

/* Runs the shards on this thread and on the claimed helpers, which share its budget. */
static void run_with_helpers(struct helper *claimed, int32_t count, int32_t shards,
                             worker_team_body body, void *context) {
  int32_t all = worker_budget(), share = all / (count + 1), before = budget;
  struct job job = {.body = body,
                    .context = context,
                    .call = memory_call_current(),
                    .shards = shards,
                    .helper_budget = share};
  for (struct helper *helper = claimed; helper; helper = helper->next) {
    atomic_store(&helper->job, &job);
    change(&helper->asked, atomic_load(&helper->asked) + 1, &helper->sleeps);
  }
  budget = all - count * share;
  take_shards(&job);
  budget = before;
  for (struct helper *helper = claimed; helper; helper = helper->next)
    if (!atomic_exchange(&helper->job, NULL))
      await(&helper->answered, atomic_load(&helper->asked), false, &helper->awaited);
  return_helpers(claimed, count);
}

void worker_team_run(int32_t shards, worker_team_body body, void *context) {
  int32_t threads = worker_budget(), count;
  struct helper *claimed = claim_helpers(1, (shards < threads ? shards : threads) - 1, &count);
  if (claimed) {
    run_with_helpers(claimed, count, shards, body, context);
    return;
  }
  for (int32_t shard = 0; shard < shards; shard++)
    body(context, shard);
}

bool worker_team_run_together(int32_t shards, worker_team_body body, void *context) {
  int32_t count;
  if (shards < 2 || shards > worker_budget())
    return false;
  struct helper *claimed = claim_helpers(shards - 1, shards - 1, &count);
  if (!claimed)
    return false;
  run_with_helpers(claimed, count, shards, body, context);
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
