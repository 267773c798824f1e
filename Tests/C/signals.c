/*
 * Loading the library, using it and closing it installs no signal handler and changes no signal
 * mask. This program is not linked with the library's symbols: it loads them by name, as
 * bindings do.
 */
#include <equipoise/equipoise.h>

#include <dlfcn.h>
#include <signal.h>
#include <time.h>

#include "check.h"

#ifndef LIBRARY
#define LIBRARY "libequipoise.so.1"
#endif

static struct sigaction actions[NSIG];
static sigset_t mask;

static void remember(void) {
  int number;
  for (number = 1; number < NSIG; number++)
    sigaction(number, NULL, &actions[number]);
  sigprocmask(SIG_SETMASK, NULL, &mask);
}

static void compare(const char *when) {
  sigset_t now;
  int number;
  sigprocmask(SIG_SETMASK, NULL, &now);
  for (number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0)
      continue;
    if (action.sa_handler != actions[number].sa_handler ||
        action.sa_flags != actions[number].sa_flags) {
      fprintf(stderr, "signal %d has another handler after %s\n", number, when);
      checks_failed++;
    }
    CHECK(sigismember(&now, number) == sigismember(&mask, number));
  }
}

int main(void) {
  struct timespec start, end;
  void *library, *again;
  const char *(*version)(void);
  eqp_status (*make)(const char *, eqp_model **, eqp_error **);
  void (*release)(eqp_model *);
  eqp_model *model = NULL;

  remember();
  clock_gettime(CLOCK_MONOTONIC, &start);
  library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  printf("note: loaded in %.1f ms\n",
         (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6);
  compare("loading");

  *(void **)&version = dlsym(library, "eqp_version");
  *(void **)&make = dlsym(library, "eqp_model_new");
  *(void **)&release = dlsym(library, "eqp_model_free");
  CHECK(version && strcmp(version(), "0.1.0") == 0);
  CHECK(make && make(NULL, &model, NULL) == EQP_OK);
  if (release)
    release(model);
  compare("a call");

  /* The code stays loaded (-z nodelete); loading it again finds it unchanged. */
  CHECK(dlclose(library) == 0);
  CHECK(strcmp(version(), "0.1.0") == 0);
  again = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  CHECK(again && dlsym(again, "eqp_version") == *(void **)&version);
  compare("closing");
  return finished();
}
