#ifndef TABLE_KERNELS_SHORT_NUMBERS_H
#define TABLE_KERNELS_SHORT_NUMBERS_H

#include "block_instructions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Decimal numbers of at most 16 bytes, such as -0.132105 and 90210, by vector instructions. No
 * branch depends on the number of digits or the sign, which differ from cell to cell. */

#if HAS_BLOCK_INSTRUCTIONS

struct short_number {
  uint64_t digits; /* all digits, without the point */
  unsigned place;  /* of the point: 15 - the number of decimals; 16 without a point */
  unsigned count;  /* the number of digits */
  bool negative;
};

/* Loaded from 16 - n on: n bytes 0xff at the end. */
static const uint8_t short_number_ends[32] = {[16 ... 31] = 0xff};

/* short_number_points[p]: a shuffle that removes byte p and moves the bytes before it; p = 16 keeps
 * all. */
#define FROM(p, i) ((i) > (p) || (p) == 16 ? (i) : (i) == 0 ? 0x80 : (i)-1)
#define SHUFFLE(p)                                                                                 \
  {                                                                                                \
    FROM(p, 0), FROM(p, 1), FROM(p, 2), FROM(p, 3), FROM(p, 4), FROM(p, 5), FROM(p, 6),            \
        FROM(p, 7), FROM(p, 8), FROM(p, 9), FROM(p, 10), FROM(p, 11), FROM(p, 12), FROM(p, 13),    \
        FROM(p, 14), FROM(p, 15)                                                                   \
  }
static const _Alignas(16) uint8_t short_number_points[17][16] = {
    SHUFFLE(0),  SHUFFLE(1),  SHUFFLE(2),  SHUFFLE(3),  SHUFFLE(4),  SHUFFLE(5),
    SHUFFLE(6),  SHUFFLE(7),  SHUFFLE(8),  SHUFFLE(9),  SHUFFLE(10), SHUFFLE(11),
    SHUFFLE(12), SHUFFLE(13), SHUFFLE(14), SHUFFLE(15), SHUFFLE(16)};
#undef SHUFFLE
#undef FROM

/* Reads a number without exponent, and without a plus sign; false if the text is another one. The
 * 16 bytes before `end` must be readable, and `length` must be between 1 and 16. */
static inline WITH_BLOCKS bool read_short_number(const char *end, size_t length,
                                                 struct short_number *number) {
  bool negative = end[-(ptrdiff_t)length] == '-';
  size_t digits_from = 16 - length + negative;
  __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(end - 16));
  __m128i used =
      _mm_loadu_si128((const __m128i *)(const void *)(short_number_ends + 16 - digits_from));
  __m128i values = _mm_and_si128(_mm_xor_si128(bytes, _mm_set1_epi8('0')), used);
  __m128i are_digits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
  __m128i are_points = _mm_cmpeq_epi8(values, _mm_set1_epi8('.' ^ '0'));
  unsigned points = (unsigned)_mm_movemask_epi8(are_points);
  unsigned others = ((unsigned)_mm_movemask_epi8(are_digits) ^ 0xffff) ^ points;
  number->place = (unsigned)__builtin_ctz(points | 0x10000);
  number->count = (unsigned)(16 - digits_from) - (points != 0);
  number->negative = negative;
  /* Another byte, a second point, or no digit. */
  if ((others | (points & (points - 1))) != 0 || number->count == 0)
    return false;
  values = _mm_shuffle_epi8(
      values, _mm_load_si128((const __m128i *)(const void *)short_number_points[number->place]));
  /* Neighbours are combined: tens and ones, hundreds, ten thousands. */
  __m128i pairs = _mm_maddubs_epi16(values, _mm_set1_epi16(0x010a));
  __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
  __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
  uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
  number->digits = (uint32_t)both * 100000000ull + (both >> 32);
  return true;
}

/* Whether the number is an integer with a zero before other digits. */
static inline bool short_leading_zero(const struct short_number *number, const char *end) {
  return number->place == 16 && number->count > 1 && end[-(ptrdiff_t)number->count] == '0';
}

/* A number as a fraction: divided once, it is the nearest double if there are fewer than 2^53
 * digits, because then both parts are exact. */
static inline double short_numerator(const struct short_number *number) {
  double value = (double)(int64_t)number->digits;
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits |= (uint64_t)number->negative << 63;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline double short_denominator(const struct short_number *number) {
  static const double powers[17] = {1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8, 1e7,
                                    1e6,  1e5,  1e4,  1e3,  1e2,  1e1,  1e0, 1e0};
  return powers[number->place];
}

#endif
#endif
