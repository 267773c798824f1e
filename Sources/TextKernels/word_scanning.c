#include "word_scanning.h"

#include <string.h>

static inline void append_word(word_list *words, size_t start, size_t end) {
  words->starts[words->count] = (int32_t)start;
  words->ends[words->count] = (int32_t)end;
  words->count += end > start;
}

void bert_words(const uint8_t *text, int32_t from, int32_t to, word_list *words) {
  size_t start = (size_t)from;
  for (size_t at = start; at < (size_t)to;) {
    size_t place = at;
    uint8_t class = class_next(text, &at);
    if (!(class & (CHARACTER_SPACE | CHARACTER_PUNCTUATION)))
      continue;
    append_word(words, start, place);
    if (class & CHARACTER_PUNCTUATION)
      append_word(words, place, at);
    start = at;
  }
  append_word(words, start, (size_t)to);
}

void plain_words(const uint8_t *text, int32_t from, int32_t to, word_list *words) {
  size_t start = (size_t)from;
  uint8_t kind = CHARACTER_SPACE;
  for (size_t at = start; at < (size_t)to;) {
    size_t place = at;
    uint8_t class = class_next(text, &at) & (CHARACTER_SPACE | CHARACTER_WORD);
    if (class == kind)
      continue;
    if (kind != CHARACTER_SPACE)
      append_word(words, start, place);
    start = place;
    kind = class;
  }
  if (kind != CHARACTER_SPACE)
    append_word(words, start, (size_t)to);
}

/* Makes words from the parts of a text in order; each part is a match or not. */
typedef struct {
  word_list *words;
  enum match_behavior behavior;
  bool any, match; /* the previous part, if there was one */
  bool is_empty;   /* it was empty and has no word */
} part_joining;

/* Adds a match, which may be empty, or the text between two matches. */
static void add_part(part_joining *joining, size_t start, size_t end, bool match) {
  bool joins = false;
  switch (joining->behavior) {
  case MATCH_REMOVED:
  case MATCH_ISOLATED:
    break;
  case MATCH_CONTIGUOUS:
    joins = joining->any && joining->match == match;
    break;
  case MATCH_MERGED_WITH_PREVIOUS:
    joins = joining->any && match && !joining->match;
    break;
  case MATCH_MERGED_WITH_NEXT:
    joins = joining->any && !match && joining->match;
    break;
  }
  if (joins && !joining->is_empty)
    joining->words->ends[joining->words->count - 1] = (int32_t)end;
  else if (start < end && (!match || joining->behavior != MATCH_REMOVED))
    append_word(joining->words, start, end);
  joining->is_empty = start == end && (!joins || joining->is_empty);
  joining->any = true;
  joining->match = match;
}

/* Adds the text between two matches, if there is any. */
static void add_text(part_joining *joining, size_t start, size_t end, bool match) {
  if (start < end)
    add_part(joining, start, end, match);
}

void class_words(const uint8_t *text, int32_t from, int32_t to, uint8_t class, bool inverted,
                 enum match_behavior behavior, word_list *words) {
  part_joining joining = {.words = words, .behavior = behavior};
  size_t start = (size_t)from;
  for (size_t at = start; at < (size_t)to;) {
    size_t place = at;
    bool match = class_next(text, &at) & class;
    /* A part without matches is one word part; each matching character is a separate part. */
    if (!match)
      continue;
    add_text(&joining, start, place, inverted);
    add_part(&joining, place, at, !inverted);
    start = at;
  }
  add_text(&joining, start, (size_t)to, inverted);
}

void literal_words(const uint8_t *text, int32_t from, int32_t to, const uint8_t *pattern,
                   size_t pattern_length, bool inverted, enum match_behavior behavior,
                   word_list *words) {
  part_joining joining = {.words = words, .behavior = behavior};
  size_t start = (size_t)from;
  while (pattern_length > 0) {
    const uint8_t *found = memmem(text + start, (size_t)to - start, pattern, pattern_length);
    if (found == NULL)
      break;
    size_t place = (size_t)(found - text);
    add_text(&joining, start, place, inverted);
    add_part(&joining, place, place + pattern_length, !inverted);
    start = place + pattern_length;
  }
  add_text(&joining, start, (size_t)to, inverted);
}

void pattern_words(pattern_search *search, int32_t from, bool inverted,
                   enum match_behavior behavior, word_list *words) {
  part_joining joining = {.words = words, .behavior = behavior};
  size_t base = (size_t)from, start = 0;
  while (pattern_next(search)) {
    add_text(&joining, base + start, base + search->start, inverted);
    add_part(&joining, base + search->start, base + search->end, !inverted);
    start = search->end;
  }
  add_text(&joining, base + start, base + search->count, inverted);
}

/* The number of bytes of a contraction ('s, 't, 're, 've, 'm, 'll, 'd) at text[at]; 0 if there
 * is none. */
static size_t contraction(const uint8_t *text, size_t at, size_t to, bool any_case) {
  if (text[at] != '\'' || at + 1 >= to)
    return 0;
  uint8_t mask = any_case ? 0x20 : 0;
  uint8_t first = text[at + 1] | mask, second = at + 2 < to ? text[at + 2] | mask : 0;
  if (first == 's' || first == 't' || first == 'm' || first == 'd')
    return 2;
  /* U+017F is a lowercase s too. */
  if (any_case && text[at + 1] == 0xc5 && at + 2 < to && text[at + 2] == 0xbf)
    return 3;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
      (first == 'l' && second == 'l'))
    return 3;
  return 0;
}

enum { TEXTUAL = CHARACTER_LETTER | CHARACTER_NUMBER };

/* The end of the longest run of characters of `class` (or without any of its bits, if `other`)
 * from `at` on, with at most `most` characters. */
static size_t run_end(const uint8_t *text, size_t at, size_t to, uint8_t class, bool other,
                      int32_t most) {
  while (at < to && most-- != 0) {
    size_t next = at;
    bool within = class_next(text, &next) & class;
    if (within == other)
      break;
    at = next;
  }
  return at;
}

static inline bool is_line_end(uint8_t byte) { return byte == '\r' || byte == '\n'; }

/* The end of the word that begins with the space at `at`, if no other kind of word fits. */
static size_t space_end(const uint8_t *text, size_t at, size_t to, bool takes_newlines) {
  size_t end = at, last = at, line_end = at;
  while (end < to) {
    size_t next = end;
    if (!(class_next(text, &next) & CHARACTER_SPACE))
      break;
    last = end;
    end = next;
    if (is_line_end(text[last]))
      line_end = end;
  }
  if (takes_newlines && line_end > at)
    return line_end;
  /* The last space belongs to the next word, unless it is the only one. */
  return end == to || last == at ? end : last;
}

static size_t word_end(const uint8_t *text, size_t at, size_t to,
                       const byte_level_pattern *pattern) {
  size_t taken = contraction(text, at, to, pattern->any_case);
  if (taken > 0)
    return at + taken;
  size_t next = at;
  uint8_t class = class_next(text, &next);
  /* The optional first character of a word: a space, or before letters another character. */
  uint8_t following = 0;
  if (next < to && !(class & TEXTUAL)) {
    size_t behind = next;
    following = class_next(text, &behind);
  }
  bool lead = pattern->any_lead ? !is_line_end(text[at]) : text[at] == ' ';
  if (class & CHARACTER_LETTER)
    return run_end(text, next, to, CHARACTER_LETTER, false, -1);
  if (lead && (following & CHARACTER_LETTER))
    return run_end(text, next, to, CHARACTER_LETTER, false, -1);
  if (class & CHARACTER_NUMBER)
    return run_end(text, next, to, CHARACTER_NUMBER, false, pattern->most_digits - 1);
  if (pattern->most_digits == 0 && text[at] == ' ' && (following & CHARACTER_NUMBER))
    return run_end(text, next, to, CHARACTER_NUMBER, false, -1);
  bool spaced = text[at] == ' ' && next < to && !(following & (TEXTUAL | CHARACTER_SPACE));
  if (class & CHARACTER_SPACE && !spaced)
    return space_end(text, at, to, pattern->takes_newlines);
  size_t end = run_end(text, next, to, TEXTUAL | CHARACTER_SPACE, true, -1);
  while (pattern->takes_newlines && end < to && is_line_end(text[end]))
    end++;
  return end;
}

void byte_level_words(const uint8_t *text, int32_t from, int32_t to,
                      const byte_level_pattern *pattern, word_list *words) {
  for (size_t at = (size_t)from; at < (size_t)to;) {
    size_t end = word_end(text, at, (size_t)to, pattern);
    append_word(words, at, end);
    at = end;
  }
}

int32_t longest_word(const word_list *words) {
  int32_t longest = 0;
  for (size_t index = 0; index < words->count; index++) {
    int32_t length = words->ends[index] - words->starts[index];
    longest = length > longest ? length : longest;
  }
  return longest;
}
