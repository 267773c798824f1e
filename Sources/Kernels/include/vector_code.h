#ifndef KERNELS_VECTOR_CODE_H
#define KERNELS_VECTOR_CODE_H

/* One binary, fast everywhere: the loader picks the clone that the processor runs best. */
#if defined(__x86_64__) && defined(__linux__) && defined(__has_attribute)
#if __has_attribute(target_clones) && !defined(__SANITIZE_ADDRESS__) && !defined(KERNELS_NO_CLONES)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define VECTOR_CODE /* resolvers run before a sanitizer's runtime is ready */
#else
#define VECTOR_CODE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#endif
#endif
#ifndef VECTOR_CODE
#define VECTOR_CODE
#endif

/* Sums may be taken in vector order: inside one function body, at its start. */
#define SUMS_IN_ANY_ORDER _Pragma("clang fp reassociate(on) contract(fast)")

/* Before a loop whose operands may be the very same memory (never partly the same): element by
 * element that changes nothing, but without being told the compiler leaves such calls to a scalar
 * loop. */
#define ELEMENT_BY_ELEMENT _Pragma("clang loop vectorize(assume_safety)")

/* Processors of the oldest clone have no instructions for some of these loops; that they stay
 * scalar there is no matter for a warning. */
#pragma clang diagnostic ignored "-Wpass-failed"

#endif
