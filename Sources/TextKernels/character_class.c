#include "character_class.h"
#include "older_categories.h"

#include <string.h>
#include <utf8proc.h>

enum {
  C_ = CHARACTER_CONTROL,
  S_ = CHARACTER_SPACE,
  T_ = CHARACTER_SPACE | CHARACTER_CONTROL,
  P_ = CHARACTER_PUNCTUATION,
  N_ = CHARACTER_NUMBER | CHARACTER_WORD,
  L_ = CHARACTER_LETTER | CHARACTER_WORD,
  U_ = CHARACTER_PUNCTUATION | CHARACTER_WORD
};

const uint8_t ascii_classes[128] = {
    C_, C_, C_, C_, C_, C_, C_, C_, C_, T_, T_, T_, T_, T_, C_, C_, /* 0x00 */
    C_, C_, C_, C_, C_, C_, C_, C_, C_, C_, C_, C_, C_, C_, C_, C_, /* 0x10 */
    S_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, /* 0x20 */
    N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, P_, P_, P_, P_, P_, P_, /* 0x30 */
    P_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, /* 0x40 */
    L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, P_, P_, P_, P_, U_, /* 0x50 */
    P_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, /* 0x60 */
    L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, P_, P_, P_, P_, C_, /* 0x70 */
};

/* Indexed by general category, in the order of utf8proc_category_t. */
static const uint8_t category_classes[30] = {
    [UTF8PROC_CATEGORY_LU] = L_,
    [UTF8PROC_CATEGORY_LL] = L_,
    [UTF8PROC_CATEGORY_LT] = L_,
    [UTF8PROC_CATEGORY_LM] = L_,
    [UTF8PROC_CATEGORY_LO] = L_,
    [UTF8PROC_CATEGORY_MN] = CHARACTER_MARK | CHARACTER_NONSPACING | CHARACTER_WORD,
    [UTF8PROC_CATEGORY_MC] = CHARACTER_MARK | CHARACTER_WORD,
    [UTF8PROC_CATEGORY_ME] = CHARACTER_MARK | CHARACTER_WORD,
    [UTF8PROC_CATEGORY_ND] = N_,
    [UTF8PROC_CATEGORY_NL] = N_,
    [UTF8PROC_CATEGORY_NO] = CHARACTER_NUMBER,
    [UTF8PROC_CATEGORY_PC] = U_,
    [UTF8PROC_CATEGORY_PD] = P_,
    [UTF8PROC_CATEGORY_PS] = P_,
    [UTF8PROC_CATEGORY_PE] = P_,
    [UTF8PROC_CATEGORY_PI] = P_,
    [UTF8PROC_CATEGORY_PF] = P_,
    [UTF8PROC_CATEGORY_PO] = P_,
    [UTF8PROC_CATEGORY_ZS] = CHARACTER_SPACE,
    [UTF8PROC_CATEGORY_ZL] = CHARACTER_SPACE,
    [UTF8PROC_CATEGORY_ZP] = CHARACTER_SPACE,
    [UTF8PROC_CATEGORY_CC] = CHARACTER_CONTROL,
    [UTF8PROC_CATEGORY_CF] = CHARACTER_CONTROL,
    [UTF8PROC_CATEGORY_CO] = CHARACTER_CONTROL,
};

/* Letters in circles and squares are symbols, but count as alphabetic. */
static bool is_enclosed_letter(int32_t character) {
  return (character >= 0x24b6 && character <= 0x24e9) ||
         (character >= 0x1f130 && character <= 0x1f189 && character != 0x1f14a &&
          !(character >= 0x1f14b && character <= 0x1f14f) &&
          !(character >= 0x1f16a && character <= 0x1f16f));
}

enum { FIRST_OF_OLDER_CLASS = 0x600 };

uint8_t character_class(int32_t character) {
  if (character < 0x80)
    return character < 0 ? 0 : ascii_classes[character];
  unsigned category = utf8proc_get_property(character)->category;
  uint8_t class = category < sizeof category_classes ? category_classes[category] : 0;
  if (character == 0x85)
    class |= CHARACTER_SPACE;
  if (character == 0x200c || character == 0x200d || is_enclosed_letter(character))
    class |= CHARACTER_WORD;
  return character < FIRST_OF_OLDER_CLASS ? class : older_class(character, class);
}

int32_t character_lowercase(int32_t character) {
  if (character < 0x80)
    return character >= 'A' && character <= 'Z' ? character + 32 : character;
  return utf8proc_tolower(character);
}

size_t ascii_end(const uint8_t *text, size_t from, size_t to) {
  size_t at = from;
  for (; to - at >= 8; at += 8) {
    uint64_t word;
    memcpy(&word, text + at, sizeof word);
    if (word & 0x8080808080808080ull)
      break;
  }
  while (at < to && text[at] < 0x80)
    at++;
  return at;
}

/* The number of bytes of the well-formed character at text[0], or 0; *cut is the number of bytes
 * that could begin a character (Unicode 15, table 3-7 and "U+FFFD substitution of maximal
 * subparts"). */
static size_t character_bytes(const uint8_t *text, size_t readable, size_t *cut) {
  uint8_t lead = text[0];
  *cut = 1;
  if (lead < 0x80)
    return 1;
  if (lead < 0xc2 || lead > 0xf4)
    return 0;
  size_t length = utf8_length(lead);
  uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  for (size_t index = 1; index < length; index++) {
    if (index >= readable || text[index] < low || text[index] > high) {
      *cut = index;
      return 0;
    }
    low = 0x80;
    high = 0xbf;
  }
  return length;
}

size_t utf8_repair(const uint8_t *text, size_t length, uint8_t *repaired, int32_t *from,
                   int32_t *to) {
  size_t count = 0;
  for (size_t at = 0; at < length;) {
    size_t cut, bytes = character_bytes(text + at, length - at, &cut);
    size_t taken = bytes > 0 ? bytes : cut, written = bytes > 0 ? bytes : 3;
    memcpy(repaired + count, bytes > 0 ? text + at : (const uint8_t *)"\xef\xbf\xbd", written);
    for (size_t index = 0; from != NULL && index < written; index++) {
      from[count + index] = (int32_t)at;
      to[count + index] = (int32_t)(at + taken);
    }
    count += written;
    at += taken;
  }
  return count;
}

void utf8_align(const uint8_t *text, size_t length, int32_t *from, int32_t *to) {
  for (size_t at = 0; at < length;) {
    size_t end = at + utf8_length(text[at]);
    for (size_t index = at; index < end; index++) {
      from[index] = (int32_t)at;
      to[index] = (int32_t)end;
    }
    at = end;
  }
}

void character_places(const uint8_t *text, size_t length, int32_t *characters) {
  int32_t count = 0;
  for (size_t at = 0; at < length; count++) {
    size_t cut, bytes = character_bytes(text + at, length - at, &cut);
    for (size_t end = at + (bytes > 0 ? bytes : cut); at < end; at++)
      characters[at] = count;
  }
  characters[length] = count;
}
