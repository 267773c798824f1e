#ifndef TEXT_KERNELS_CHARACTER_CLASS_H
#define TEXT_KERNELS_CHARACTER_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Properties of a character as bits, from the general categories of Unicode. Punctuation, marks
 * and controls are those of Unicode 8, see older_categories.h. */
enum character_bits {
  CHARACTER_LETTER = 1,      /* L */
  CHARACTER_MARK = 2,        /* M */
  CHARACTER_NUMBER = 4,      /* N */
  CHARACTER_PUNCTUATION = 8, /* P, and the symbols of ASCII */
  CHARACTER_SPACE = 16,      /* White_Space */
  CHARACTER_CONTROL = 32,    /* Cc, Cf, Co */
  CHARACTER_WORD = 64, /* \w of Unicode's standard for regular expressions (UTS 18, annex C) */
  CHARACTER_NONSPACING = 128 /* Mn */
};

extern const uint8_t ascii_classes[128];

/* The bits of any code point; 0 if it has none of the properties. */
uint8_t character_class(int32_t character);
int32_t character_lowercase(int32_t character);

/* The character at text[*at]; *at is advanced past it. The text must be valid UTF-8. */
static inline int32_t utf8_next(const uint8_t *text, size_t *at) {
  const uint8_t *byte = text + *at;
  if (byte[0] < 0x80) {
    *at += 1;
    return byte[0];
  }
  if (byte[0] < 0xe0) {
    *at += 2;
    return (byte[0] & 0x1f) << 6 | (byte[1] & 0x3f);
  }
  if (byte[0] < 0xf0) {
    *at += 3;
    return (byte[0] & 0x0f) << 12 | (byte[1] & 0x3f) << 6 | (byte[2] & 0x3f);
  }
  *at += 4;
  return (byte[0] & 0x07) << 18 | (byte[1] & 0x3f) << 12 | (byte[2] & 0x3f) << 6 | (byte[3] & 0x3f);
}

/* The number of bytes of the character that begins with `lead`. */
static inline size_t utf8_length(uint8_t lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The class of the character at text[*at]; *at is advanced past it. */
static inline uint8_t class_next(const uint8_t *text, size_t *at) {
  if (text[*at] < 0x80)
    return ascii_classes[text[(*at)++]];
  return character_class(utf8_next(text, at));
}

/* The first byte at or after `from` that is not ASCII; `to` if there is none. */
size_t ascii_end(const uint8_t *text, size_t from, size_t to);

/* Repairs invalid UTF-8, and returns the length of the repaired text. Each maximal part of a
 * truncated character, and each byte that is not part of a character, becomes U+FFFD in
 * `repaired`, which has room for three bytes per byte of the text. Byte i of the repaired text
 * represents the bytes from[i] ..< to[i] of the text. */
size_t utf8_repair(const uint8_t *text, size_t length, uint8_t *repaired, int32_t *from,
                   int32_t *to);

/* characters[i] is the number of characters that begin before byte i, for i in 0 ... length; a
 * byte inside a character counts as the character's beginning. Invalid bytes count as the
 * characters that utf8_repair replaces them with. */
void character_places(const uint8_t *text, size_t length, int32_t *characters);

/* For each byte of valid UTF-8, the byte range of its character. */
void utf8_align(const uint8_t *text, size_t length, int32_t *from, int32_t *to);

#endif
