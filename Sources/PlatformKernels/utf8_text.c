#include "utf8_text.h"

#include <stdint.h>
#include <string.h>

static inline uint64_t word_at(const unsigned char *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

/* The well-formed byte sequences of Unicode 15, table 3-7. */
bool text_is_utf8(const char *text, size_t length) {
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  while (at < end) {
    const uint64_t tops = 0x8080808080808080ull;
    while (end - at >= 32 &&
           ((word_at(at) | word_at(at + 8) | word_at(at + 16) | word_at(at + 24)) & tops) == 0)
      at += 32;
    if (end - at >= 8) {
      /* The ASCII bytes before the first other one. */
      uint64_t others = word_at(at) & tops;
      if (others == 0) {
        at += 8;
        continue;
      }
      at += __builtin_ctzll(others) / 8;
    }
    if (at == end)
      break;
    unsigned lead = *at++;
    if (lead < 0x80)
      continue;
    int following = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || end - at < following)
      return false;
    unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (*at < low || *at > high)
      return false;
    for (int index = 1; index < following; index++) {
      if ((at[index] & 0xc0) != 0x80)
        return false;
    }
    at += following;
  }
  return true;
}
