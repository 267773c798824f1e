#include "winograd.h"
#include "linear_packed.h"
#include "vector_code.h"

#include <string.h>

/* The sizes of a tile. */
enum { OUT = 4, IN = 6, LANES = WINOGRAD_LANES };

/* The number of tiles processed at a time by all workers, and the number of rows in one product. */
enum { BLOCK = 64, GROUP = 4 };

typedef float vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

static size_t tiles_of(size_t size) { return (size + OUT - 1) / OUT; }

size_t winograd_tiles(const struct winograd *sizes) {
  return tiles_of(sizes->out_height) * tiles_of(sizes->out_width);
}

size_t winograd_packed_count(size_t channels, size_t outputs) {
  return WINOGRAD_POINTS * linear_packed_count(channels, outputs);
}

/* The distance between the matrices (tiles, width) of two points. It is not a multiple of the
 * cache's period, so that the 36 places to which a tile is written do not evict each other. */
static size_t point_step(size_t tiles, size_t width) { return tiles * width + LANES; }

static size_t scratch_count(const struct winograd *sizes, size_t tiles) {
  return WINOGRAD_POINTS * (point_step(tiles, sizes->channels) + point_step(tiles, sizes->outputs));
}

size_t winograd_scratch_count(const struct winograd *sizes) {
  return BLOCK / GROUP * scratch_count(sizes, GROUP);
}

/* G g: from three numbers, `step` apart, to six. */
static inline __attribute__((always_inline)) void weight_points(const vector *g, int step,
                                                                vector *t, int t_step) {
  vector ends = g[0] + g[2 * step], slopes = g[0] + 4.0f * g[2 * step];
  t[0] = g[0] / 4.0f;
  t[t_step] = (ends + g[step]) / -6.0f;
  t[2 * t_step] = (ends - g[step]) / -6.0f;
  t[3 * t_step] = (slopes + 2.0f * g[step]) / 24.0f;
  t[4 * t_step] = (slopes - 2.0f * g[step]) / 24.0f;
  t[5 * t_step] = g[2 * step];
}

VECTOR_CODE
void winograd_pack(const float *weight, size_t channels, size_t outputs, float *packed) {
  enum { PANEL = 2 * LANES };
  size_t matrix = linear_packed_count(channels, outputs);
  if (outputs % PANEL != 0)
    memset(packed, 0, WINOGRAD_POINTS * matrix * sizeof *packed);
  for (size_t first = 0; first < outputs; first += LANES)
    for (size_t c = 0; c < channels; c++) {
      vector g[9], t[IN * 3], points[WINOGRAD_POINTS];
      for (int lane = 0; lane < LANES; lane++)
        for (int k = 0; k < 9; k++)
          g[k][lane] = weight[((first + (size_t)lane) * channels + c) * 9 + (size_t)k];
      for (int j = 0; j < 3; j++)
        weight_points(g + j, 3, t + j, 3);
      for (int i = 0; i < IN; i++)
        weight_points(t + 3 * i, 1, points + IN * i, 1);
      float *place = packed + (first / PANEL * channels + c) * PANEL + first % PANEL;
      for (size_t p = 0; p < WINOGRAD_POINTS; p++)
        *(vector *)(place + p * matrix) = points[p];
    }
}

/* Bᵀ d: from six numbers, `step` apart, to six. */
static inline __attribute__((always_inline)) void to_points(const vector *d, int step, vector *t,
                                                            int t_step) {
  vector even = d[4 * step] - 4.0f * d[2 * step], odd = d[3 * step] - 4.0f * d[step];
  vector outer = d[4 * step] - d[2 * step], inner = 2.0f * (d[3 * step] - d[step]);
  t[0] = 4.0f * d[0] - 5.0f * d[2 * step] + d[4 * step];
  t[t_step] = even + odd;
  t[2 * t_step] = even - odd;
  t[3 * t_step] = outer + inner;
  t[4 * t_step] = outer - inner;
  t[5 * t_step] = 4.0f * d[step] - 5.0f * d[3 * step] + d[5 * step];
}

/* Aᵀ m: from six numbers, `step` apart, to four. */
static inline __attribute__((always_inline)) void from_points(const vector *m, int step, vector *y,
                                                              int y_step) {
  vector sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  vector sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
  y[0] = m[0] + sum + sum2;
  y[y_step] = difference + 2.0f * difference2;
  y[2 * y_step] = sum + 4.0f * sum2;
  y[3 * y_step] = difference + 8.0f * difference2 + m[5 * step];
}

struct place {
  size_t image;
  ptrdiff_t row, column; /* of the tile's first output */
};

static struct place place_of(const struct winograd *sizes, size_t tile) {
  size_t wide = tiles_of(sizes->out_width), all = winograd_tiles(sizes);
  return (struct place){tile / all, (ptrdiff_t)(tile % all / wide * OUT),
                        (ptrdiff_t)(tile % wide * OUT)};
}

/* The tile that begins at `place` → its 36 points, `step` apart. */
static inline __attribute__((always_inline)) void read_tile(const struct winograd *sizes,
                                                            const float *x, struct place place,
                                                            float *points, size_t step) {
  ptrdiff_t top = place.row - (ptrdiff_t)sizes->top, left = place.column - (ptrdiff_t)sizes->left;
  ptrdiff_t height = (ptrdiff_t)sizes->height, width = (ptrdiff_t)sizes->width;
  x += place.image * sizes->height * sizes->width * sizes->channels;
  for (size_t c = 0; c < sizes->channels; c += LANES) {
    vector d[IN * IN], t[IN * IN];
    for (int i = 0; i < IN; i++)
      for (int j = 0; j < IN; j++) {
        ptrdiff_t row = top + i, column = left + j;
        bool is_inside = row >= 0 && row < height && column >= 0 && column < width;
        d[IN * i + j] =
            is_inside ? *(const vector *)(x + (size_t)(row * width + column) * sizes->channels + c)
                      : (vector){0};
      }
    for (int j = 0; j < IN; j++)
      to_points(d + j, IN, t + j, IN);
    for (int i = 0; i < IN; i++)
      to_points(t + IN * i, 1, d + IN * i, 1);
    for (int p = 0; p < WINOGRAD_POINTS; p++)
      *(vector *)(points + (size_t)p * step + c) = d[p];
  }
}

/* The sums of a tile's points → its outputs, without those outside the image. */
static inline __attribute__((always_inline)) void write_tile(const struct winograd *sizes,
                                                             const float *points, size_t step,
                                                             const float *bias, struct place place,
                                                             float *y) {
  size_t rows = sizes->out_height - (size_t)place.row,
         columns = sizes->out_width - (size_t)place.column;
  rows = rows < OUT ? rows : OUT;
  columns = columns < OUT ? columns : OUT;
  y += ((place.image * sizes->out_height + (size_t)place.row) * sizes->out_width +
        (size_t)place.column) *
       sizes->outputs;
  for (size_t o = 0; o < sizes->outputs; o += LANES) {
    vector m[WINOGRAD_POINTS], t[OUT * IN], out[OUT * OUT];
    for (int p = 0; p < WINOGRAD_POINTS; p++)
      m[p] = *(const vector *)(points + (size_t)p * step + o);
    for (int j = 0; j < IN; j++)
      from_points(m + j, IN, t + j, IN);
    for (int i = 0; i < OUT; i++)
      from_points(t + IN * i, 1, out + OUT * i, 1);
    vector b = bias ? *(const vector *)(bias + o) : (vector){0};
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j < columns; j++) {
        vector value = out[OUT * i + j] + b;
        if (sizes->relu)
          value = __builtin_elementwise_max(value, (vector){0});
        *(vector *)(y + (i * sizes->out_width + j) * sizes->outputs + o) = value;
      }
  }
}

VECTOR_CODE
static void read_tiles(const struct winograd *sizes, const float *x, size_t from, size_t count,
                       float *points, size_t step) {
#pragma clang fp contract(fast)
  for (size_t tile = 0; tile < count; tile++)
    read_tile(sizes, x, place_of(sizes, from + tile), points + tile * sizes->channels, step);
}

VECTOR_CODE
static void write_tiles(const struct winograd *sizes, const float *points, size_t step,
                        const float *bias, size_t from, size_t count, float *y) {
#pragma clang fp contract(fast)
  for (size_t tile = 0; tile < count; tile++)
    write_tile(sizes, points + tile * sizes->outputs, step, bias, place_of(sizes, from + tile), y);
}

void winograd_forward(const struct winograd *sizes, const float *x, size_t rows, size_t part,
                      size_t parts, const float *packed, const float *bias, float *scratch,
                      float *y) {
  size_t channels = sizes->channels, outputs = sizes->outputs;
  size_t matrix = linear_packed_count(channels, outputs);
  parts = parts < BLOCK / GROUP ? parts : BLOCK / GROUP;
  if (part >= parts)
    return;
  size_t block = BLOCK / parts / GROUP * GROUP;
  size_t in_step = point_step(block, channels), out_step = point_step(block, outputs);
  float *points = scratch + part * scratch_count(sizes, block);
  float *sums = points + WINOGRAD_POINTS * in_step;

  size_t tiles = rows * winograd_tiles(sizes), groups = (tiles + GROUP - 1) / GROUP;
  size_t tile = groups * part / parts * GROUP, end = groups * (part + 1) / parts * GROUP;
  end = end < tiles ? end : tiles;
  while (tile < end) {
    /* Blocks of about equal size. */
    size_t blocks = (end - tile + block - 1) / block;
    size_t padded = ((end - tile + blocks - 1) / blocks + GROUP - 1) / GROUP * GROUP;
    size_t count = padded < end - tile ? padded : end - tile;
    read_tiles(sizes, x, tile, count, points, in_step);
    for (size_t p = 0; p < WINOGRAD_POINTS; p++) {
      /* Rows that pad the last group are computed but not read. */
      memset(points + p * in_step + count * channels, 0,
             (padded - count) * channels * sizeof *points);
      linear_packed_forward(points + p * in_step, padded, channels, packed + p * matrix, outputs, 0,
                            linear_packed_parts(outputs), NULL, false, sums + p * out_step);
    }
    write_tiles(sizes, sums, out_step, bias, tile, count, y);
    tile += count;
  }
}
