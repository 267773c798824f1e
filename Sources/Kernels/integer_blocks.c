#include "integer_blocks.h"
#include "vector_code.h"

#include <string.h>

VECTOR_CODE
void codes_through_table(const int32_t *codes, const uint8_t *table, uint8_t *to, size_t first,
                         size_t end) {
  for (size_t i = first; i < end; i++)
    to[i] = table[codes[i]];
}

VECTOR_CODE
size_t integer_block_pack(const int64_t *values, size_t count, uint8_t *packed) {
  int64_t least = count ? values[0] : 0, greatest = least;
  for (size_t i = 1; i < count; i++) {
    least = values[i] < least ? values[i] : least;
    greatest = values[i] > greatest ? values[i] : greatest;
  }
  uint64_t base = (uint64_t)least, span = (uint64_t)greatest - base;
  uint8_t width = span < 1u << 8 ? 1 : span < 1u << 16 ? 2 : span < 1ull << 32 ? 4 : 8;
  memcpy(packed, &base, 8);
  packed[8] = width;
  uint8_t *to = packed + 9;
  switch (width) {
  case 1:
    for (size_t i = 0; i < count; i++)
      to[i] = (uint8_t)((uint64_t)values[i] - base);
    break;
  case 2:
    for (size_t i = 0; i < count; i++) {
      uint16_t difference = (uint16_t)((uint64_t)values[i] - base);
      memcpy(to + 2 * i, &difference, 2);
    }
    break;
  case 4:
    for (size_t i = 0; i < count; i++) {
      uint32_t difference = (uint32_t)((uint64_t)values[i] - base);
      memcpy(to + 4 * i, &difference, 4);
    }
    break;
  default:
    for (size_t i = 0; i < count; i++) {
      uint64_t difference = (uint64_t)values[i] - base;
      memcpy(to + 8 * i, &difference, 8);
    }
  }
  return 9 + (size_t)width * count;
}
