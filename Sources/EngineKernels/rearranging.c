#include "rearranging.h"

#include <string.h>

#include "vector_code.h"

enum { TILE = 16 }; /* a tile of a transpose stays in the nearest cache */

/* Writes y (high, wide) from x, whose elements are (down, across) apart. */
static void permute_plane(const float *x, float *y, size_t high, size_t wide, size_t down,
                          size_t across, bool accumulate) {
  if (across == 1 && !accumulate) {
    for (size_t i = 0; i < high; i++)
      memcpy(y + i * wide, x + i * down, wide * sizeof *y);
    return;
  }
  for (size_t i0 = 0; i0 < high; i0 += TILE)
    for (size_t j0 = 0; j0 < wide; j0 += TILE) {
      size_t i1 = i0 + TILE < high ? i0 + TILE : high, j1 = j0 + TILE < wide ? j0 + TILE : wide;
      for (size_t i = i0; i < i1; i++)
        for (size_t j = j0; j < j1; j++) {
          float value = x[i * down + j * across];
          y[i * wide + j] = accumulate ? y[i * wide + j] + value : value;
        }
    }
}

/* The plan must have at least two axes. */
void permute(const permutation *plan, const float *x, float *y, size_t rows, bool accumulate) {
  int32_t outer = plan->rank - 2;
  size_t high = plan->sizes[outer], wide = plan->sizes[outer + 1], count = 1;
  for (int32_t axis = 0; axis < plan->rank; axis++)
    count *= plan->sizes[axis];
  size_t planes = high * wide ? count / (high * wide) : 0;
  for (size_t row = 0; row < rows; row++, x += count) {
    size_t place[PERMUTATION_MAXIMUM_RANK] = {0}, offset = 0;
    for (size_t plane = 0; plane < planes; plane++, y += high * wide) {
      permute_plane(x + offset, y, high, wide, plan->strides[outer], plan->strides[outer + 1],
                    accumulate);
      for (int32_t axis = outer - 1; axis >= 0; axis--) {
        offset += plan->strides[axis];
        if (++place[axis] < plan->sizes[axis])
          break;
        offset -= plan->sizes[axis] * plan->strides[axis];
        place[axis] = 0;
      }
    }
  }
}

VECTOR_CODE
void axis_map_forward(const axis_map *map, const float *x, float *y, size_t outer) {
  size_t inner = map->inner, taps = map->taps;
  for (size_t line = 0; line < outer; line++, x += map->in * inner)
    for (size_t j = 0; j < map->out; j++, y += inner) {
      bool empty = true;
      for (size_t t = 0; t < taps; t++) {
        int32_t place = map->places[j * taps + t];
        if (place < 0)
          continue;
        const float *from = x + (size_t)place * inner;
        float weight = map->weights ? map->weights[j * taps + t] : 1.0f;
        for (size_t k = 0; k < inner; k++)
          y[k] = weight * from[k] + (empty ? 0.0f : y[k]);
        empty = false;
      }
      if (empty)
        for (size_t k = 0; k < inner; k++)
          y[k] = map->fill;
    }
}

VECTOR_CODE
void axis_map_backward(const axis_map *map, const float *dy, float *dx, size_t outer,
                       bool accumulate) {
  size_t inner = map->inner, taps = map->taps;
  if (!accumulate)
    memset(dx, 0, outer * map->in * inner * sizeof *dx);
  for (size_t line = 0; line < outer; line++, dx += map->in * inner)
    for (size_t j = 0; j < map->out; j++, dy += inner)
      for (size_t t = 0; t < taps; t++) {
        int32_t place = map->places[j * taps + t];
        if (place < 0)
          continue;
        float *to = dx + (size_t)place * inner;
        float weight = map->weights ? map->weights[j * taps + t] : 1.0f;
        for (size_t k = 0; k < inner; k++)
          to[k] += weight * dy[k];
      }
}
