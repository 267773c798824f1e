#ifndef PLATFORM_KERNELS_HOST_CALL_H
#define PLATFORM_KERNELS_HOST_CALL_H

#include <stdint.h>

/* The flag with which a host cancels a call; any thread or signal handler may set it. */
static inline void cancel_flag_set(int32_t *flag, int32_t value) {
  __atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static inline int32_t cancel_flag_get(const int32_t *flag) {
  return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/* The description of this thread's call; NULL outside of calls. */
void *host_call_current(void);
void host_call_set_current(void *call);

#endif
