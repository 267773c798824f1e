#include "linear_packed.h"
#include "register_count.h"
#include "small_products.h"
#include "vector_code.h"
#include "widened.h"

#include <string.h>

enum { LANES = 16, PANEL = LINEAR_PACKED_PART };
_Static_assert((int)PANEL == (int)SMALL_PRODUCT_PANEL,
               "weights are turned as attention's keys are");

/* Weights with more numbers than this are not in a near cache when they are needed. */
enum { FAR = 1 << 16 };

/* With up to this number of outputs, no panel is used: they are dot products with weights (out,
 * in). */
enum { FEW_OUTPUTS = 4 };

/* Sixteen floats: one register with AVX-512, two with AVX2, four with SSE. */
typedef float vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

size_t linear_packed_count(size_t inputs, size_t outputs) {
  if (outputs <= FEW_OUTPUTS)
    return outputs * inputs;
  return (outputs + PANEL - 1) / PANEL * PANEL * inputs;
}

size_t linear_packed_parts(size_t outputs) {
  return outputs <= FEW_OUTPUTS ? 1 : (outputs + PANEL - 1) / PANEL;
}

void linear_pack(const float *weight, bool input_major, size_t inputs, size_t outputs,
                 float *packed) {
  if (outputs <= FEW_OUTPUTS) {
    for (size_t j = 0; j < outputs; j++)
      for (size_t i = 0; i < inputs; i++)
        *packed++ = input_major ? weight[i * outputs + j] : weight[j * inputs + i];
    return;
  }
  if (!input_major) {
    small_product_panels(NULL, 0, weight, outputs, inputs, inputs, packed);
    return;
  }
  for (size_t first = 0; first < outputs; first += PANEL) {
    size_t width = outputs - first < PANEL ? outputs - first : PANEL;
    for (size_t i = 0; i < inputs; i++, packed += PANEL) {
      memcpy(packed, weight + i * outputs + first, width * sizeof *packed);
      memset(packed + width, 0, (PANEL - width) * sizeof *packed);
    }
  }
}

/* The number of inputs processed at a time: with many rows, this part of the input is read panel
 * after panel and stays in a near cache. The sums continue from those of earlier inputs in the
 * same order as in a single pass. */
enum { DEPTH = 512, HALF_DEPTH = 256 };

/* Data for later panels, prefetched while a panel is read: one cache line every 2^pause steps. */
typedef struct {
  const float *from;
  unsigned pause;
} fetching;

/* The part of y for one panel. */
typedef struct {
  float *y;
  size_t line;
  size_t width; /* the existing numbers of a row; a panel may have more */
  /* The initial sums, a whole panel for each row, `start_line` apart: the bias, or y itself. */
  const float *start;
  size_t start_line;
  bool relu;
} target;

/* `count` rows times `inputs` lines of `wide` vectors of one panel; count and wide are constants
 * wherever this is inlined. */
static inline __attribute__((always_inline)) void block(const float *x, size_t count, size_t wide,
                                                        size_t x_line, size_t inputs,
                                                        const float *panel, const float *start,
                                                        size_t start_line, bool relu, float *y,
                                                        size_t line, const fetching *ahead) {
#pragma clang fp contract(fast)
  vector sums[8][2];
  for (size_t r = 0; r < count; r++) {
    for (size_t v = 0; v < wide; v++)
      sums[r][v] = *(const vector *)(start + r * start_line + v * LANES);
    if (ahead) { /* The output of the next rows is not in the cache either. */
      __builtin_prefetch(y + (count + r) * line, 1);
      __builtin_prefetch(y + (count + r) * line + LANES, 1);
    }
  }
  for (size_t i = 0; i < inputs; i++, panel += PANEL) {
    vector weights[2];
    for (size_t v = 0; v < wide; v++)
      weights[v] = *(const vector *)(panel + v * LANES);
    if (ahead)
      __builtin_prefetch(ahead->from + (i >> ahead->pause) * LANES, 0, 2);
    for (size_t r = 0; r < count; r++)
      for (size_t v = 0; v < wide; v++)
        sums[r][v] += weights[v] * x[r * x_line + i];
  }
  if (relu)
    for (size_t r = 0; r < count; r++)
      for (size_t v = 0; v < wide; v++)
        sums[r][v] = __builtin_elementwise_max(sums[r][v], (vector){0});
  for (size_t r = 0; r < count; r++)
    for (size_t v = 0; v < wide; v++)
      *(vector *)(y + r * line + v * LANES) = sums[r][v];
}

/* Rows times a panel, in blocks whose sums fit into the registers: 8 rows of two vectors into 32
 * registers of 16 numbers, 6 rows of one, or 2 of two, into 16 of 8. */
static inline __attribute__((always_inline)) void blocks(bool is_512, const float *x, size_t count,
                                                         size_t x_line, size_t inputs,
                                                         const float *panel, const float *start,
                                                         size_t start_line, bool relu, float *y,
                                                         size_t line, const fetching *ahead) {
  if (is_512 || count <= 2) {
    block(x, count, 2, x_line, inputs, panel, start, start_line, relu, y, line, ahead);
    return;
  }
  for (size_t half = 0; half < PANEL; half += LANES)
    block(x, count, 1, x_line, inputs, panel + half, start + half, start_line, relu, y + half, line,
          half == 0 ? ahead : NULL);
}

/* The same for rows from `row` on; if the panel exceeds y, the result goes to a temporary block. */
static inline __attribute__((always_inline)) void rows_of(bool is_512, const float *x, size_t row,
                                                          size_t count, size_t x_line,
                                                          size_t inputs, const float *panel,
                                                          const target *to, const fetching *ahead) {
  float *y = to->y + row * to->line, padded[8 * PANEL];
  const float *start = to->start + row * to->start_line;
  size_t bytes = to->width * sizeof *y;
  bool is_whole = to->width == PANEL;
  if (!is_whole) {
    memset(padded, 0, sizeof padded);
    for (size_t r = 0; r < count; r++)
      memcpy(padded + r * PANEL, start + r * to->start_line, bytes);
  }
  const float *initial = is_whole ? start : padded;
  float *result = is_whole ? y : padded;
  size_t initial_line = is_whole ? to->start_line : PANEL, line = is_whole ? to->line : PANEL;
  blocks(is_512, x + row * x_line, count, x_line, inputs, panel, initial, initial_line, to->relu,
         result, line, ahead);
  if (!is_whole)
    for (size_t r = 0; r < count; r++)
      memcpy(y + r * to->line, padded + r * PANEL, bytes);
}

static inline __attribute__((always_inline)) float dot(const float *x, const float *w, size_t n) {
  SUMS_IN_ANY_ORDER
  float sum = 0.0f;
  for (size_t i = 0; i < n; i++)
    sum += x[i] * w[i];
  return sum;
}

/* How the numbers of panels are stored. */
typedef enum { FLOATS, BFLOATS, HALVES } stored;

/* `count` numbers of a panel that are stored in 16 bits. */
static inline __attribute__((always_inline)) void widen(const uint16_t *from, stored as,
                                                        size_t count, float *to) {
  for (size_t i = 0; i < count; i++)
    to[i] = as == BFLOATS ? float_of_bfloat16(from[i]) : float_of_float16(from[i]);
}

/* The same sums in the same order, however the weights are stored; `as` is a constant wherever this
 * is inlined. Numbers of 16 bits are widened, part by part, into `wide`, which fits the nearest
 * cache. */
static inline __attribute__((always_inline)) void
panels_in(bool is_512, const float *x, size_t rows, size_t inputs, const void *packed, stored as,
          float *wide, size_t outputs, size_t first_part, size_t end_part, const float *bias,
          bool relu, float *y) {
  static const float zeros[PANEL];
  size_t parts = linear_packed_parts(outputs);
  bool are_far = as == FLOATS && rows >= 8 && inputs * outputs >= FAR;
  size_t depth = are_far ? DEPTH : as != FLOATS && inputs > HALF_DEPTH ? HALF_DEPTH : inputs;
  /* All blocks of eight rows (or six) together prefetch the 2 · depth lines of a panel's part. */
  unsigned pause = 0;
  while (rows >> (pause + 5))
    pause++;
  for (size_t i = 0; i < inputs; i += depth) {
    if (depth > inputs - i)
      depth = inputs - i;
    for (size_t part = first_part; part < end_part; part++) {
      size_t place = (part * inputs + i) * PANEL, first = part * PANEL, row = 0;
      const float *panel = wide;
      if (as == FLOATS)
        panel = (const float *)packed + place;
      else
        widen((const uint16_t *)packed + place, as, depth * PANEL, wide);
      target to = {.y = y + first,
                   .line = outputs,
                   .width = outputs - first < PANEL ? outputs - first : PANEL,
                   .start = i > 0  ? y + first
                            : bias ? bias + first
                                   : zeros,
                   .start_line = i > 0 ? outputs : 0,
                   .relu = relu && i + depth == inputs};
      fetching ahead = {panel + (part + 1 < parts ? PANEL * inputs : 0), pause};
#define FAR_BLOCKS(count)                                                                          \
  for (; row + count <= rows; row += count) {                                                      \
    rows_of(is_512, x + i, row, count, inputs, depth, panel, &to, &ahead);                         \
    ahead.from += (depth >> pause) * LANES;                                                        \
  }
#define BLOCKS(count)                                                                              \
  for (; row + count <= rows; row += count)                                                        \
    rows_of(is_512, x + i, row, count, inputs, depth, panel, &to, NULL);
      if (is_512) {
        if (are_far)
          FAR_BLOCKS(8)
        BLOCKS(8)
      } else {
        if (are_far)
          FAR_BLOCKS(6)
        BLOCKS(6)
      }
      BLOCKS(4)
      BLOCKS(2)
      BLOCKS(1)
#undef FAR_BLOCKS
#undef BLOCKS
    }
  }
}

static inline __attribute__((always_inline)) void
panels(const float *x, size_t rows, size_t inputs, const void *packed, stored as, float *wide,
       size_t outputs, size_t first_part, size_t end_part, const float *bias, bool relu, float *y) {
  if (has_512_bit_registers())
    panels_in(true, x, rows, inputs, packed, as, wide, outputs, first_part, end_part, bias, relu,
              y);
  else
    panels_in(false, x, rows, inputs, packed, as, wide, outputs, first_part, end_part, bias, relu,
              y);
}

VECTOR_CODE
void linear_packed_forward(const float *x, size_t rows, size_t inputs, const float *packed,
                           size_t outputs, size_t first_part, size_t end_part, const float *bias,
                           bool relu, float *y) {
#pragma clang fp contract(fast)
  if (first_part >= end_part)
    return;
  if (outputs <= FEW_OUTPUTS) {
    for (size_t row = 0; row < rows; row++)
      for (size_t j = 0; j < outputs; j++) {
        float value = dot(x + row * inputs, packed + j * inputs, inputs) + (bias ? bias[j] : 0.0f);
        y[row * outputs + j] = relu && !(value > 0.0f) ? 0.0f : value;
      }
    return;
  }
  panels(x, rows, inputs, packed, FLOATS, NULL, outputs, first_part, end_part, bias, relu, y);
}

VECTOR_CODE
void linear_bfloat16_forward(const float *x, size_t rows, size_t inputs, const uint16_t *packed,
                             size_t outputs, size_t first_part, size_t end_part, const float *bias,
                             bool relu, float *y) {
  __attribute__((aligned(64))) float wide[HALF_DEPTH * PANEL];
  panels(x, rows, inputs, packed, BFLOATS, wide, outputs, first_part, end_part, bias, relu, y);
}

VECTOR_CODE
void linear_float16_forward(const float *x, size_t rows, size_t inputs, const uint16_t *packed,
                            size_t outputs, size_t first_part, size_t end_part, const float *bias,
                            bool relu, float *y) {
  __attribute__((aligned(64))) float wide[HALF_DEPTH * PANEL];
  panels(x, rows, inputs, packed, HALVES, wide, outputs, first_part, end_part, bias, relu, y);
}

void linear_pack_halves(const uint16_t *weight, bool input_major, size_t inputs, size_t outputs,
                        uint16_t *packed) {
  for (size_t first = 0; first < outputs; first += PANEL, packed += PANEL * inputs) {
    size_t width = outputs - first < PANEL ? outputs - first : PANEL;
    if (width < PANEL)
      memset(packed, 0, PANEL * inputs * sizeof *packed);
    if (input_major)
      for (size_t i = 0; i < inputs; i++)
        memcpy(packed + i * PANEL, weight + i * outputs + first, width * sizeof *packed);
    else
      for (size_t lane = 0; lane < width; lane++)
        for (size_t i = 0; i < inputs; i++)
          packed[i * PANEL + lane] = weight[(first + lane) * inputs + i];
  }
}
