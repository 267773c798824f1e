/*
 * The peak that the cases are compared with: peak THREADS prints the arithmetic speed of THREADS
 * concurrent threads that multiply and add only in registers, in float32, and in products of
 * bfloat16 summed in float32 if the processor has an instruction for them.
 */
#include "timing.h"

#include <pthread.h>

enum { ROUNDS = 20000000, RUNS = 5, MOST_THREADS = 256 };
typedef float lanes16 __attribute__((vector_size(64)));
typedef float lanes8 __attribute__((vector_size(32)));

#if defined(__x86_64__)
#include <immintrin.h>
#define FOR(features) __attribute__((target(features)))
#endif

/* As many sums as the registers hold: a product and a sum for each number. */
enum { WIDE = 16, NARROW = 12 };
#define MULTIPLY_ADD(LANES, SUMS)                                                                  \
  LANES sums[SUMS] = {0}, a = {0}, b = {0};                                                        \
  a += 0.999f, b += 0.001f;                                                                        \
  for (int round = 0; round < ROUNDS; round++) {                                                   \
    _Pragma("GCC unroll 16") for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * a + b;             \
  }                                                                                                \
  for (int i = 1; i < SUMS; i++)                                                                   \
    sums[0] += sums[i];                                                                            \
  return sums[0][3];

#if defined(__x86_64__)
static float FOR("avx512f") float32_512(void) { MULTIPLY_ADD(lanes16, WIDE) }
static float FOR("avx2,fma") float32_256(void) { MULTIPLY_ADD(lanes8, NARROW) }
/* Two products and two sums for each of the 16 numbers. */
static float FOR("avx512f,avx512bf16") bfloat16_512(void) {
  __m512 sums[WIDE];
  __m512bh a = (__m512bh)_mm512_set1_epi16(0x3f7f), b = (__m512bh)_mm512_set1_epi16(0x3a83);
  for (int i = 0; i < WIDE; i++)
    sums[i] = _mm512_setzero_ps();
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < WIDE; i++)
      sums[i] = _mm512_dpbf16_ps(sums[i], a, b);
  for (int i = 1; i < WIDE; i++)
    sums[0] = _mm512_add_ps(sums[0], sums[i]);
  return _mm512_cvtss_f32(sums[0]);
}
#else
static float float32(void) { MULTIPLY_ADD(lanes8, NARROW) }
#endif

typedef struct {
  float (*run)(void);
  double operations;
} loop;

/* The result is used, so that the compiler cannot remove the computation. */
static void *run(void *of) { return ((const loop *)of)->run() > 1e30f ? of : NULL; }

static void measure(const char *variant, loop loop, int threads) {
  pthread_t others[MOST_THREADS];
  double rates[RUNS];
  for (int r = 0; r < RUNS; r++) {
    int started = 0;
    double start = now();
    while (started < threads - 1 && pthread_create(&others[started], NULL, run, &loop) == 0)
      started++;
    run(&loop);
    for (int t = 0; t < started; t++)
      pthread_join(others[t], NULL);
    rates[r] = loop.operations * ROUNDS * (started + 1) / (now() - start);
  }
  report("peak", variant, "GFLOP/s", rates, RUNS, 1e-9);
}

int main(int count, char **arguments) {
  int threads = count == 2 ? atoi(arguments[1]) : 0;
  if (threads < 1 || threads > MOST_THREADS) {
    fprintf(stderr, "usage: peak THREADS\n");
    return 2;
  }
#if defined(__x86_64__)
  loop wide = {float32_512, 2 * 16 * WIDE}, narrow = {float32_256, 2 * 8 * NARROW},
       rounded = {bfloat16_512, 4 * 16 * WIDE};
  measure("f32", __builtin_cpu_supports("avx512f") ? wide : narrow, threads);
  if (__builtin_cpu_supports("avx512bf16"))
    measure("bf16", rounded, threads);
#else
  loop plain = {float32, 2 * 8 * NARROW};
  measure("f32", plain, threads);
#endif
  return 0;
}
