/*
 * One network through onnxruntime's C API: onnxruntime_predict <model.onnx> <threads> <rows>
 * <rounds>. The wheel has no headers; onnxruntime's ABI promise (version 1 of the table) fixes the
 * positions of the functions in its table.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
  const void *(*get_api)(uint32_t version);
  const char *(*version)(void);
} api_base;
extern const api_base *OrtGetApiBase(void);
typedef void *handle;
typedef handle (*function)();

enum {
  GET_ERROR_MESSAGE = 2,
  CREATE_ENVIRONMENT = 3,
  CREATE_SESSION = 7,
  RUN = 9,
  CREATE_SESSION_OPTIONS = 10,
  SET_OPTIMIZATION_LEVEL = 23,
  SET_INTRA_THREADS = 24,
  SET_INTER_THREADS = 25,
  CREATE_TENSOR_WITH_DATA = 49,
  CREATE_CPU_MEMORY_INFO = 69
};

enum { COLUMNS = 100, ALL_OPTIMIZATIONS = 99, WARNING_LEVEL = 2, FLOAT_TYPE = 1 };

static const function *api;

static void check(handle status) {
  if (status) {
    fprintf(stderr, "%s\n", ((const char *(*)(handle))api[GET_ERROR_MESSAGE])(status));
    exit(1);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static handle tensor(handle memory, float *values, int64_t rows, int64_t columns) {
  int64_t shape[] = {rows, columns};
  handle value;
  check(((handle(*)(handle, void *, size_t, const int64_t *, size_t, int,
                    handle *))api[CREATE_TENSOR_WITH_DATA])(
      memory, values, (size_t)(rows * columns) * sizeof *values, shape, 2, FLOAT_TYPE, &value));
  return value;
}

int main(int count, char **arguments) {
  if (count != 5)
    return 2;
  int threads = atoi(arguments[2]), rounds = atoi(arguments[4]);
  long rows = atol(arguments[3]);
  const api_base *base = OrtGetApiBase();
  handle environment, options, session, memory;
  api = base->get_api(1);
  check(((handle(*)(int, const char *, handle *))api[CREATE_ENVIRONMENT])(WARNING_LEVEL, "bench",
                                                                          &environment));
  check(((handle(*)(handle *))api[CREATE_SESSION_OPTIONS])(&options));
  check(((handle(*)(handle, int))api[SET_INTRA_THREADS])(options, threads));
  check(((handle(*)(handle, int))api[SET_INTER_THREADS])(options, 1));
  check(((handle(*)(handle, int))api[SET_OPTIMIZATION_LEVEL])(options, ALL_OPTIMIZATIONS));
  check(((handle(*)(handle, const char *, handle, handle *))api[CREATE_SESSION])(
      environment, arguments[1], options, &session));
  check(((handle(*)(int, int, handle *))api[CREATE_CPU_MEMORY_INFO])(0, 0, &memory));

  float *x = malloc((size_t)rows * COLUMNS * sizeof *x), *y = malloc((size_t)rows * sizeof *y);
  for (long i = 0; i < rows * COLUMNS; i++)
    x[i] = (float)((i * 37) % 101) / 50.0f - 1.0f;
  const char *input_names[] = {"x"}, *output_names[] = {"y"};
  handle inputs[] = {tensor(memory, x, rows, COLUMNS)}, outputs[] = {tensor(memory, y, rows, 1)};
  handle (*run)(handle, handle, const char *const *, const handle *, size_t, const char *const *,
                size_t, handle *) = (void *)api[RUN];

  double seconds[15];
  for (int r = -1; r < 15; r++) {
    double start = now();
    for (int i = 0; i < rounds; i++)
      check(run(session, NULL, input_names, inputs, 1, output_names, 1, outputs));
    if (r >= 0)
      seconds[r] = (now() - start) / rounds * 1e6;
  }
  qsort(seconds, 15, sizeof *seconds, ascending);
  printf(
      "{\"case\": \"predict\", \"variant\": \"%ld rows\", \"who\": \"onnxruntime C\", "
      "\"unit\": \"us\", \"median\": %.4f, \"minimum\": %.4f, \"maximum\": %.4f, \"runs\": 15}\n",
      rows, seconds[7], seconds[0], seconds[14]);
  return 0;
}
