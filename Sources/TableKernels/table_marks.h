#ifndef TABLE_KERNELS_TABLE_MARKS_H
#define TABLE_KERNELS_TABLE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The positions of delimiters, line ends and quotes, 64 bytes at a time. */

/* Bit i: whether bytes[i] is `byte`. Reads 64 bytes. */
static inline uint64_t places_of(const char *bytes, char byte) {
  uint64_t places = 0;
#if defined(__x86_64__)
  const __m128i wanted = _mm_set1_epi8(byte);
  for (int part = 0; part < 4; part++) {
    __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * part));
    places |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(chunk, wanted)) << (16 * part);
  }
#else
  for (int index = 0; index < 64; index++)
    places |= (uint64_t)(bytes[index] == byte) << index;
#endif
  return places;
}

/* Bit i: the sum of the bits 0 ... i, modulo 2. */
static inline uint64_t running_parity(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
}

/* Bit i: whether bytes[i] is not ASCII. Reads 64 bytes. */
static inline uint64_t high_places(const char *bytes) {
  uint64_t places = 0;
#if defined(__x86_64__)
  for (int part = 0; part < 4; part++) {
    __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * part));
    places |= (uint64_t)(uint32_t)_mm_movemask_epi8(chunk) << (16 * part);
  }
#else
  for (int index = 0; index < 64; index++)
    places |= (uint64_t)((unsigned char)bytes[index] >> 7) << index;
#endif
  return places;
}

/* Bit i: whether bytes[i] is the delimiter, a line end or the quote. Reads 64 bytes. */
static inline uint64_t marks_of_64(const char *bytes, char delimiter, char quote) {
#if defined(__x86_64__)
  uint64_t marks = 0;
  const __m128i delimiters = _mm_set1_epi8(delimiter), quotes = _mm_set1_epi8(quote);
  const __m128i feeds = _mm_set1_epi8('\n'), returns = _mm_set1_epi8('\r');
  for (int part = 0; part < 4; part++) {
    __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * part));
    __m128i hits =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(chunk, delimiters), _mm_cmpeq_epi8(chunk, quotes)),
                     _mm_or_si128(_mm_cmpeq_epi8(chunk, feeds), _mm_cmpeq_epi8(chunk, returns)));
    marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(hits) << (16 * part);
  }
  return marks;
#else
  return places_of(bytes, delimiter) | places_of(bytes, quote) | places_of(bytes, '\n') |
         places_of(bytes, '\r');
#endif
}

static inline uint64_t table_marks_at(const char *bytes, size_t base, size_t end, char delimiter,
                                      char quote) {
  if (end - base >= 64)
    return marks_of_64(bytes + base, delimiter, quote);
  char padded[64] = {0};
  size_t count = end - base;
  memcpy(padded, bytes + base, count);
  /* A NUL delimiter or quote would match the padding. */
  return marks_of_64(padded, delimiter, quote) & ((1ull << count) - 1);
}

#endif
