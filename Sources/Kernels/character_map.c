#include "text_rewriting.h"

#include <string.h>
#include <utf8proc.h>

/* The units of a double array (Yata 2012, "Darts-clone"): a label or a value, whether a value
 * hangs below, and the distance to the children. */
static inline uint32_t unit_label(uint32_t unit) { return unit & (1u << 31 | 0xff); }
static inline uint32_t unit_distance(uint32_t unit) {
  return (unit >> 10) << ((unit & (1u << 9)) >> 6);
}

/* The replacement of the shortest part at the front of the text that has one; NULL: none. */
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
      /* A text that begins inside of a character is none. */
      bool whole = value < map->text_bytes && (map->texts[value] & 0xc0) != 0x80;
      return whole ? map->texts + value : NULL;
    }
  }
  return NULL;
}

/* The rewriting so far: characters of the source are consumed one for each that is written. */
typedef struct {
  const aligned_text *source;
  aligned_text *target;
  size_t cursor;
  size_t last;        /* where the last character that was written begins */
  bool last_is_added; /* and whether it was one more than the source had */
} mapping;

/* `count` characters of the source become `made`, character by character; what is made more stands
 * where the last did, and what is made less is passed over. */
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
  /* What is removed before anything is written is passed over nowhere: the places of the whole text
   * are early by it then, and it still begins at its first byte. The reference has it so. */
  if (written >= count || target->count == 0)
    return;
  /* A character that was added stands for what is removed behind it. */
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

/* Longer graphemes are looked up character by character, as sentencepiece's rules have none. */
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
      /* Printable ASCII is never joined to what precedes it. */
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
