#include "text_rewriting.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* A character of a decomposition. `change` says which source characters it represents: 1: the
 * same as the previous character; 0 or less: the next character of the source, after skipping
 * -change characters. */
typedef struct {
  int32_t character, change;
  int32_t order; /* index in the decomposition: equal classes keep their order */
  int32_t combining_class;
} decomposed;

enum { MOST_PARTS = 20 }; /* the longest decomposition, of U+FDFA, has 18 */

size_t form_memory(size_t bytes, enum unicode_form form) {
  /* The number of characters of a decomposition for each byte: 18 for 3 bytes, or 4 for 2. */
  return (bytes * (form == FORM_NFC || form == FORM_NFD ? 2 : 6) + MOST_PARTS) * sizeof(decomposed);
}

static int by_class(const void *first, const void *second) {
  const decomposed *a = first, *b = second;
  int difference = a->combining_class - b->combining_class;
  return difference != 0 ? difference : a->order - b->order;
}

/* Sorts each run of characters with a combining class into canonical order. */
static void sort_marks(decomposed *parts, size_t count) {
  for (size_t start = 0; start < count;) {
    if (parts[start].combining_class == 0) {
      start++;
      continue;
    }
    size_t end = start;
    bool sorted = true;
    for (; end < count && parts[end].combining_class != 0; end++)
      sorted =
          sorted && (end == start || parts[end - 1].combining_class <= parts[end].combining_class);
    if (!sorted)
      qsort(parts + start, end - start, sizeof *parts, by_class);
    start = end;
  }
}

/* The composition of two characters, or -1. */
static int32_t composed(int32_t first, int32_t second) {
  utf8proc_int32_t pair[2] = {first, second};
  return utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE) == 1 ? pair[0] : -1;
}

/* Composes in place (UAX 15, D117) and returns the number of remaining characters. */
static size_t compose(decomposed *parts, size_t count) {
  size_t written = 0, starter = SIZE_MAX;
  int32_t last_class = -1; /* of the last character after the starter; -1: none */
  for (size_t index = 0; index < count; index++) {
    decomposed part = parts[index];
    if (starter != SIZE_MAX && (last_class < 0 || last_class < part.combining_class)) {
      int32_t whole = composed(parts[starter].character, part.character);
      if (whole >= 0) {
        parts[starter].character = whole;
        parts[starter].change += part.change - 1;
        continue;
      }
    }
    if (part.combining_class == 0) {
      starter = written;
      last_class = -1;
    } else if (starter != SIZE_MAX) {
      last_class = part.combining_class;
    }
    parts[written++] = part;
  }
  return written;
}

void text_rewrite_form(const aligned_text *source, aligned_text *target, enum unicode_form form,
                       void *memory) {
  decomposed *parts = memory;
  utf8proc_option_t options = UTF8PROC_DECOMPOSE;
  if (form == FORM_NFKC || form == FORM_NFKD)
    options |= UTF8PROC_COMPAT;
  size_t at = 0;
  while (at < source->count) {
    /* ASCII is unchanged, but its last character may compose with the next one. */
    size_t plain = ascii_end(source->bytes, at, source->count);
    if (plain < source->count && plain > at)
      plain--;
    aligned_copy(target, source, at, plain);
    at = plain;
    size_t cursor = at, count = 0;
    while (at < source->count && (at == cursor || source->bytes[at] >= 0x80)) {
      int32_t found[MOST_PARTS];
      int boundary = 0;
      int32_t character = utf8_next(source->bytes, &at);
      utf8proc_ssize_t length =
          utf8proc_decompose_char(character, found, MOST_PARTS, options, &boundary);
      if (length < 1 || length > MOST_PARTS) {
        found[0] = character;
        length = 1;
      }
      for (utf8proc_ssize_t index = 0; index < length; index++) {
        parts[count] = (decomposed){found[index], index > 0, (int32_t)count,
                                    utf8proc_get_property(found[index])->combining_class};
        count++;
      }
    }
    sort_marks(parts, count);
    if (form == FORM_NFC || form == FORM_NFKC)
      count = compose(parts, count);
    for (size_t index = 0; index < count; index++) {
      bool inserted = parts[index].change > 0;
      size_t origin = inserted || cursor >= source->count ? cursor - (cursor > 0) : cursor;
      aligned_append(target, parts[index].character, source, origin);
      for (int32_t passed = inserted ? 1 : parts[index].change;
           passed <= 0 && cursor < source->count; passed++)
        cursor += utf8_length(source->bytes[cursor]);
    }
  }
}
