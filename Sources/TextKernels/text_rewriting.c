#include "text_rewriting.h"

#include <string.h>
#include <utf8proc.h>

void aligned_append(aligned_text *target, int32_t character, const aligned_text *source,
                    size_t origin) {
  uint8_t *bytes = target->bytes + target->count;
  size_t length = 1;
  if (character < 0x80)
    bytes[0] = (uint8_t)character;
  else
    length = (size_t)utf8proc_encode_char(character, bytes);
  if (target->from != NULL) {
    for (size_t index = target->count; index < target->count + length; index++) {
      target->from[index] = source->from[origin];
      target->to[index] = source->to[origin];
    }
  }
  target->count += length;
}

void aligned_copy(aligned_text *target, const aligned_text *source, size_t from, size_t to) {
  size_t length = to - from;
  memcpy(target->bytes + target->count, source->bytes + from, length);
  if (target->from != NULL) {
    memcpy(target->from + target->count, source->from + from, length * sizeof *target->from);
    memcpy(target->to + target->count, source->to + from, length * sizeof *target->to);
  }
  target->count += length;
}

/* Appends bytes that represent the same original bytes as one byte of the source. */
static void append_bytes(aligned_text *target, const uint8_t *content, size_t length,
                         const aligned_text *source, size_t origin) {
  memcpy(target->bytes + target->count, content, length);
  for (size_t index = target->count; target->from != NULL && index < target->count + length;
       index++) {
    target->from[index] = source->from[origin];
    target->to[index] = source->to[origin];
  }
  target->count += length;
}

/* The blocks with which BERT's vocabularies were made. */
static bool is_ideograph(int32_t character) {
  return (character >= 0x4e00 && character <= 0x9fff) ||
         (character >= 0x3400 && character <= 0x4dbf) ||
         (character >= 0x20000 && character <= 0x2a6df) ||
         (character >= 0x2a700 && character <= 0x2b81f) ||
         (character >= 0x2b920 && character <= 0x2ceaf) ||
         (character >= 0xf900 && character <= 0xfaff) ||
         (character >= 0x2f800 && character <= 0x2fa1f);
}

static void append_lowercase(aligned_text *target, int32_t character, const aligned_text *source,
                             size_t origin) {
  aligned_append(target, character == 0x130 ? 'i' : character_lowercase(character), source, origin);
  /* The lowercase form of this character has two characters (SpecialCasing.txt). */
  if (character == 0x130)
    aligned_append(target, 0x307, source, origin);
}

/* Rewrites a character that is not ASCII. */
static void rewrite_bert_character(int32_t character, const aligned_text *source, size_t origin,
                                   aligned_text *target, unsigned bits) {
  if (bits & BERT_CLEAN) {
    uint8_t class = character_class(character);
    if ((class & CHARACTER_CONTROL) || character == 0xfffd)
      return;
    if (class & CHARACTER_SPACE) {
      aligned_append(target, ' ', source, origin);
      return;
    }
  }
  bool spaced = (bits & BERT_IDEOGRAPH) && is_ideograph(character);
  if (spaced)
    aligned_append(target, ' ', source, origin);
  int32_t parts[4] = {character};
  utf8proc_ssize_t count = 1;
  if (bits & BERT_STRIP) {
    int boundary = 0;
    count = utf8proc_decompose_char(character, parts, 4, UTF8PROC_DECOMPOSE, &boundary);
    if (count < 1 || count > 4) {
      parts[0] = character;
      count = 1;
    }
  }
  for (utf8proc_ssize_t index = 0; index < count; index++) {
    if ((bits & BERT_STRIP) && (character_class(parts[index]) & CHARACTER_NONSPACING))
      continue;
    if (bits & BERT_LOWERCASE)
      append_lowercase(target, parts[index], source, origin);
    else
      aligned_append(target, parts[index], source, origin);
  }
  if (spaced)
    aligned_append(target, ' ', source, origin);
}

void text_rewrite_bert(const aligned_text *source, aligned_text *target, unsigned bits) {
  enum { REMOVED = 0x80 };
  uint8_t ascii[128];
  for (int byte = 0; byte < 128; byte++) {
    uint8_t made = (uint8_t)byte;
    if (bits & BERT_CLEAN) {
      if (byte == '\t' || byte == '\n' || byte == '\r')
        made = ' ';
      else if (ascii_classes[byte] & CHARACTER_CONTROL)
        made = REMOVED;
    }
    if ((bits & BERT_LOWERCASE) && byte >= 'A' && byte <= 'Z')
      made = (uint8_t)(byte + 32);
    ascii[byte] = made;
  }
  size_t at = 0, count = target->count;
  while (at < source->count) {
    if (source->bytes[at] < 0x80) {
      size_t end = ascii_end(source->bytes, at, source->count);
      for (; at < end; at++) {
        uint8_t made = ascii[source->bytes[at]];
        target->bytes[count] = made;
        if (target->from != NULL) {
          target->from[count] = source->from[at];
          target->to[count] = source->to[at];
        }
        count += made != REMOVED;
      }
      continue;
    }
    size_t origin = at;
    int32_t character = utf8_next(source->bytes, &at);
    target->count = count;
    rewrite_bert_character(character, source, origin, target, bits);
    count = target->count;
  }
  target->count = count;
}

/* A character under sentencepiece's rules for machine translation; -1: it is removed. */
static int32_t nmt_character(int32_t character) {
  if ((character >= 0x01 && character <= 0x08) || character == 0x0b ||
      (character >= 0x0e && character <= 0x1f) || character == 0x7f || character == 0x8f ||
      character == 0x9f)
    return -1;
  if (character == 0x09 || character == 0x0a || character == 0x0c || character == 0x0d ||
      character == 0x1680 || (character >= 0x200b && character <= 0x200f) || character == 0x2028 ||
      character == 0x2029 || character == 0x2581 || character == 0xfeff || character == 0xfffd)
    return ' ';
  return character;
}

void text_rewrite_characters(const aligned_text *source, aligned_text *target,
                             enum character_rewriting how) {
  for (size_t at = 0; at < source->count;) {
    size_t origin = at;
    int32_t character = utf8_next(source->bytes, &at);
    switch (how) {
    case CHARACTERS_LOWERCASE:
      append_lowercase(target, character, source, origin);
      break;
    case CHARACTERS_WITHOUT_MARKS:
      if (!(character_class(character) & CHARACTER_MARK))
        aligned_append(target, character, source, origin);
      break;
    case CHARACTERS_NMT:
      character = nmt_character(character);
      if (character >= 0)
        aligned_append(target, character, source, origin);
      break;
    }
  }
}

void text_replace(const aligned_text *source, aligned_text *target, const uint8_t *pattern,
                  size_t pattern_length, const uint8_t *content, size_t content_length) {
  size_t at = 0;
  while (pattern_length > 0 && at < source->count) {
    const uint8_t *found = memmem(source->bytes + at, source->count - at, pattern, pattern_length);
    if (found == NULL)
      break;
    size_t place = (size_t)(found - source->bytes);
    aligned_copy(target, source, at, place);
    at = place + pattern_length;
    append_bytes(target, content, content_length, source, at - 1);
  }
  aligned_copy(target, source, at, source->count);
}

void text_replace_runs(const aligned_text *source, aligned_text *target, uint8_t class,
                       int32_t character, size_t least, const uint8_t *content,
                       size_t content_length) {
  size_t at = 0;
  while (at < source->count) {
    size_t start = at, end = at, length = 0;
    while (at < source->count) {
      size_t next = at;
      int32_t read = utf8_next(source->bytes, &next);
      if (character >= 0 ? read != character : !(character_class(read) & class))
        break;
      at = next;
      end = next;
      length++;
    }
    if (length >= least && length > 0)
      append_bytes(target, content, content_length, source, end - 1);
    else
      aligned_copy(target, source, start, end);
    if (at < source->count) {
      size_t next = at + utf8_length(source->bytes[at]);
      aligned_copy(target, source, at, next);
      at = next;
    }
  }
}

void text_replace_matches(const aligned_text *source, aligned_text *target, pattern_search *search,
                          const uint8_t *content, size_t content_length) {
  size_t at = 0;
  if (source->count == 0)
    return;
  while (pattern_next(search)) {
    aligned_copy(target, source, at, search->start);
    at = search->end;
    size_t added = target->count;
    append_bytes(target, content, content_length, source, at > 0 ? at - 1 : 0);
    /* What is inserted before the text represents none of its bytes. */
    for (; at == 0 && source->from != NULL && added < target->count; added++)
      target->to[added] = target->from[added];
  }
  aligned_copy(target, source, at, source->count);
}

void text_prepend(const aligned_text *source, aligned_text *target, const uint8_t *content,
                  size_t content_length) {
  if (source->count == 0)
    return;
  append_bytes(target, content, content_length, source, 0);
  aligned_copy(target, source, 0, source->count);
}

void text_mark_spaces(const aligned_text *source, aligned_text *target, const uint8_t *mark,
                      size_t mark_length, bool leads) {
  if (leads && source->count > 0)
    append_bytes(target, mark, mark_length, source, 0);
  for (size_t at = 0; at < source->count;) {
    if (source->bytes[at] == ' ') {
      append_bytes(target, mark, mark_length, source, at++);
      continue;
    }
    const uint8_t *space = memchr(source->bytes + at, ' ', source->count - at);
    size_t end = space != NULL ? (size_t)(space - source->bytes) : source->count;
    aligned_copy(target, source, at, end);
    at = end;
  }
}
