#ifndef KERNELS_HOST_CALL_H
#define KERNELS_HOST_CALL_H

#include <stdint.h>

/* The flag by which a host asks a call to stop: set by any thread, or by a signal handler. */
static inline void cancel_flag_set(int32_t *flag, int32_t value) {
  __atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static inline int32_t cancel_flag_get(const int32_t *flag) {
  return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/* What describes the call that this thread serves; NULL outside of one. */
void *host_call_current(void);
void host_call_set_current(void *call);

#endif
