#include "word_encoding.h"

#include "character_class.h"

enum { LONGEST_CACHED_WORD = 26, MOST_CACHED_TOKENS = 7 };

void encode_words(word_model encode, const void *model, void *memory, cached_word *cache,
                  unsigned cache_bits, const uint8_t *text, const int32_t *starts,
                  const int32_t *ends, size_t count, int32_t first_word, token_list *tokens) {
  for (size_t index = 0; index < count; index++) {
    int32_t from = starts[index], to = ends[index];
    size_t before = tokens->count, length = (size_t)(to - from);
    if (tokens->starts != NULL) {
      encode(model, memory, text, from, to, tokens);
      for (; before < tokens->count; before++)
        tokens->words[before] = first_word + (int32_t)index;
      continue;
    }
    if (length > LONGEST_CACHED_WORD) {
      encode(model, memory, text, from, to, tokens);
      continue;
    }
    uint64_t hash = bytes_hash(text + from, length);
    cached_word *entry = cache + (hash >> (64 - cache_bits));
    if (entry->hash == hash && entry->length == length &&
        memcmp(entry->word, text + from, length) == 0) {
      for (unsigned token = 0; token < entry->count; token++)
        tokens->ids[before + token] = entry->ids[token];
      tokens->count += entry->count;
      continue;
    }
    encode(model, memory, text, from, to, tokens);
    size_t made = tokens->count - before;
    if (made > MOST_CACHED_TOKENS)
      continue;
    entry->hash = hash;
    entry->length = (uint8_t)length;
    entry->count = (uint8_t)made;
    memcpy(entry->word, text + from, length);
    memcpy(entry->ids, tokens->ids + before, made * sizeof *tokens->ids);
  }
}

void wordpiece_encode(const void *model, void *memory, const uint8_t *text, int32_t from,
                      int32_t to, token_list *tokens) {
  (void)memory;
  const wordpiece_model *own = model;
  size_t before = tokens->count;
  bool known = true;
  if (to - from > own->longest_word) {
    int32_t characters = 0;
    for (int32_t at = from; at < to; at++)
      characters += (text[at] & 0xc0) != 0x80;
    known = characters <= own->longest_word;
  }
  for (int32_t at = from; known && at < to;) {
    uint32_t node = at == from ? BYTE_TRIE_ROOT : BYTE_TRIE_SECOND_ROOT;
    int32_t best = -1, end = at;
    for (int32_t next = at; next < to;) {
      const byte_trie_edge *edge = byte_trie_step(&own->pieces, node, text[next++]);
      if (edge == NULL)
        break;
      node = edge->child;
      if (edge->value >= 0) {
        best = edge->value;
        end = next;
      }
    }
    known = best >= 0;
    if (known)
      token_list_append(tokens, best, at, end);
    at = end;
  }
  if (!known) {
    tokens->count = before;
    token_list_append(tokens, own->unknown, from, to);
  }
}

void word_level_encode(const void *model, void *memory, const uint8_t *text, int32_t from,
                       int32_t to, token_list *tokens) {
  (void)memory;
  const word_level_model *own = model;
  int32_t id = token_table_find(&own->tokens, text + from, (size_t)(to - from));
  if (id < 0)
    id = own->unknown;
  if (id >= 0)
    token_list_append(tokens, id, from, to);
}
