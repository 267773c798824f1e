#include "text_rewriting.h"

#include <string.h>
#include <utf8proc.h>

/* The units of a double array (Yata 2012, "Darts-clone"): a label or a value, a flag for a value
 * below it, and the offset of the children. */
static inline uint32_t unit_label(uint32_t unit) { return unit & (1u << 31 | 0xff); }
static inline uint32_t unit_distance(uint32_t unit) {
  return (unit >> 10) << ((unit & (1u << 9)) >> 6);
}

/* The replacement for the shortest prefix of the text that has one; NULL if there is none. */
static const uint8_t *replacement(const character_map *map, const uint8_t *text, size_t length) {
  if (map->unit_count == 0)
    return NULL;
  size_t place = unit_distance(map->units[0]);
  for (size_t index = 0; index < length && text[index] != 0; index++) {
    place ^= text[index];
    if (place >= map->unit_count)
      return NULL;
    uint32_t unit = map->units[place];
    if (unit_label(unit) != text[index])
      return NULL;
    place ^= unit_distance(unit);
    if (place >= map->unit_count)
      return NULL;
    if (unit >> 8 & 1) {
      uint32_t value = map->units[place] & 0x7fffffff;
      /* A replacement that begins inside a character is invalid. */
      bool whole = value < map->text_bytes && (map->texts[value] & 0xc0) != 0x80;
      return whole ? map->texts + value : NULL;
    }
  }
  return NULL;
}

/* The state of the rewriting: one character of the source is consumed for each one written. */
typedef struct {
  const aligned_text *source;
  aligned_text *target;
  size_t cursor;
  size_t last;        /* the start of the last character written */
  bool last_is_added; /* whether it is additional to the source's */
} mapping;

/* `count` characters of the source become `made`, character by character. Additional characters
 * get the place of the last one; if `made` has fewer, characters of the source are skipped. */
static void put(mapping *mapping, const uint8_t *made, size_t length, size_t count) {
  const aligned_text *source = mapping->source;
  aligned_text *target = mapping->target;
  size_t written = 0;
  for (size_t at = 0; at < length; written++) {
    int32_t character = utf8_next(made, &at);
    bool added = written >= count || mapping->cursor >= source->count;
    mapping->last = target->count;
    mapping->last_is_added = added;
    aligned_append(target, character, source, mapping->cursor - (added && mapping->cursor > 0));
    if (!added)
      mapping->cursor += utf8_length(source->bytes[mapping->cursor]);
  }
  /* Characters removed before anything is written are not skipped, so that later places are too
   * early by their number, and the text still begins at its first byte. This is the behaviour of
   * the reference. */
  if (written >= count || target->count == 0)
    return;
  /* An additional character also represents the characters removed after it. */
  for (size_t byte = mapping->last; mapping->last_is_added && target->from != NULL &&
                                    mapping->cursor < source->count && byte < target->count;
       byte++) {
    target->from[byte] = source->from[mapping->cursor];
    target->to[byte] = source->to[mapping->cursor];
  }
  mapping->last_is_added = false;
  for (; written < count && mapping->cursor < source->count; written++)
    mapping->cursor += utf8_length(source->bytes[mapping->cursor]);
}

/* Longer graphemes are looked up character by character; sentencepiece has no rules for them. */
enum { LONGEST_WHOLE_GRAPHEME = 5 };

static void map_grapheme(mapping *mapping, const character_map *map, size_t from, size_t to,
                         size_t characters) {
  const uint8_t *bytes = mapping->source->bytes;
  if (to - from <= LONGEST_WHOLE_GRAPHEME) {
    const uint8_t *made = replacement(map, bytes + from, to - from);
    if (made != NULL) {
      put(mapping, made, strlen((const char *)made), characters);
      return;
    }
  }
  for (size_t at = from; at < to;) {
    size_t length = utf8_length(bytes[at]);
    const uint8_t *made = replacement(map, bytes + at, length);
    if (made != NULL)
      put(mapping, made, strlen((const char *)made), 1);
    else
      put(mapping, bytes + at, length, 1);
    at += length;
  }
}

void text_rewrite_mapped(const aligned_text *source, aligned_text *target,
                         const character_map *map) {
  mapping mapping = {source, target, 0, 0, false};
  for (size_t at = 0; at < source->count;) {
    size_t start = at, characters = 1;
    int32_t character = utf8_next(source->bytes, &at);
    int32_t state = 0;
    while (at < source->count) {
      /* Printable ASCII never joins the preceding character. */
      if (source->bytes[at] >= 0x20 && source->bytes[at] < 0x7f && character < 0x80)
        break;
      size_t next = at;
      int32_t following = utf8_next(source->bytes, &next);
      if (utf8proc_grapheme_break_stateful(character, following, &state))
        break;
      character = following;
      at = next;
      characters++;
    }
    map_grapheme(&mapping, map, start, at, characters);
  }
}
