#include "integer_blocks.h"
#include "vector_code.h"

#include <string.h>

VECTOR_CODE
void codes_through_table(const int32_t *codes, const uint8_t *table, uint8_t *to, size_t first,
                         size_t end) {
  for (size_t i = first; i < end; i++)
    to[i] = table[codes[i]];
}

void bytes_through_table(const uint8_t *codes, const uint8_t *table, uint8_t *to, size_t first,
                         size_t end) {
  for (size_t i = first; i < end; i++)
    to[i] = table[codes[i]];
}

/* Differences below 2: eight per byte, the first in the lowest bit. */
static void pack_bits(const uint8_t *differences, size_t count, uint8_t *to) {
  for (size_t i = 0; i + 8 <= count; i += 8) {
    uint64_t eight;
    memcpy(&eight, differences + i, 8);
    /* Moves the lowest bit of byte j to bit 56 + j. */
    *to++ = (uint8_t)(eight * 0x0102040810204080u >> 56);
  }
  if (count % 8 != 0)
    *to = 0;
  for (size_t j = 0; j < count % 8; j++)
    *to |= (uint8_t)(differences[count - count % 8 + j] << j);
}

VECTOR_CODE
static void pack_bytes(const int64_t *values, size_t count, uint64_t base, uint8_t *to) {
  for (size_t i = 0; i < count; i++)
    to[i] = (uint8_t)((uint64_t)values[i] - base);
}

VECTOR_CODE
static void pack_halves(const uint8_t *differences, size_t count, uint8_t *to) {
  for (size_t i = 0; i < count / 2; i++)
    to[i] = (uint8_t)(differences[2 * i] | differences[2 * i + 1] << 4);
  if (count % 2 != 0)
    to[count / 2] = differences[count - 1];
}

/* Packs differences below 2^bits, of which there are at most 8 bits. */
static void pack_small(const uint8_t *differences, size_t count, uint8_t bits, uint8_t *to) {
  if (bits == 1)
    pack_bits(differences, count, to);
  else if (bits == 4)
    pack_halves(differences, count, to);
  else
    memcpy(to, differences, count);
}

static uint8_t width_of(uint64_t span) {
  return span < 2            ? 1
         : span < 1u << 4    ? 4
         : span < 1u << 8    ? 8
         : span < 1u << 16   ? 16
         : span < 1ull << 32 ? 32
                             : 64;
}

VECTOR_CODE
static void range_of_codes(const uint8_t *codes, size_t count, uint8_t *least, uint8_t *greatest) {
  uint8_t low = 255, high = 0;
  for (size_t i = 0; i < count; i++) {
    low = codes[i] < low ? codes[i] : low;
    high = codes[i] > high ? codes[i] : high;
  }
  *least = low;
  *greatest = high;
}

VECTOR_CODE
static void subtract_code(const uint8_t *codes, size_t count, uint8_t least, uint8_t *to) {
  for (size_t i = 0; i < count; i++)
    to[i] = (uint8_t)(codes[i] - least);
}

size_t integer_block_pack_codes(const uint8_t *codes, size_t count, int64_t start,
                                uint8_t *packed) {
  enum { PART = 1024 };
  uint8_t least, greatest, differences[PART];
  range_of_codes(codes, count, &least, &greatest);
  uint64_t base = (uint64_t)start + least;
  uint8_t bits = width_of(greatest - least);
  memcpy(packed, &base, 8);
  packed[8] = bits;
  for (size_t first = 0; first < count; first += PART) {
    size_t part = count - first < PART ? count - first : PART;
    subtract_code(codes + first, part, least, differences);
    pack_small(differences, part, bits, packed + 9 + first * bits / 8);
  }
  return 9 + (bits * count + 7) / 8;
}

VECTOR_CODE
size_t integer_block_pack(const int64_t *values, size_t count, uint8_t *packed) {
  int64_t least = count ? values[0] : 0, greatest = least;
  for (size_t i = 1; i < count; i++) {
    least = values[i] < least ? values[i] : least;
    greatest = values[i] > greatest ? values[i] : greatest;
  }
  uint64_t base = (uint64_t)least, span = (uint64_t)greatest - base;
  uint8_t bits = width_of(span);
  memcpy(packed, &base, 8);
  packed[8] = bits;
  uint8_t *to = packed + 9;
  switch (bits) {
  case 1:
  case 4: {
    enum { PART = 1024 };
    uint8_t differences[PART];
    for (size_t first = 0; first < count; first += PART) {
      size_t part = count - first < PART ? count - first : PART;
      pack_bytes(values + first, part, base, differences);
      pack_small(differences, part, bits, to + first * bits / 8);
    }
    break;
  }
  case 8:
    pack_bytes(values, count, base, to);
    break;
  case 16:
    for (size_t i = 0; i < count; i++) {
      uint16_t difference = (uint16_t)((uint64_t)values[i] - base);
      memcpy(to + 2 * i, &difference, 2);
    }
    break;
  case 32:
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
  return 9 + (bits * count + 7) / 8;
}
