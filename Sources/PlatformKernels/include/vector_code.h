#ifndef PLATFORM_KERNELS_VECTOR_CODE_H
#define PLATFORM_KERNELS_VECTOR_CODE_H

/* Compiles several clones of a function; the loader selects the best one for the processor. */
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

/* Allows the compiler to reorder sums; use inside a function body, at its start. */
#define SUMS_IN_ANY_ORDER _Pragma("clang fp reassociate(on) contract(fast)")

/* Before a loop whose operands may be the same memory (never partly overlapping). Element by
 * element, this is safe; without this hint, the compiler would use a scalar loop for such calls. */
#define ELEMENT_BY_ELEMENT _Pragma("clang loop vectorize(assume_safety)")

/* The oldest clone has no instructions for some of these loops; no warning is needed if they
 * stay scalar. */
#pragma clang diagnostic ignored "-Wpass-failed"

#endif
