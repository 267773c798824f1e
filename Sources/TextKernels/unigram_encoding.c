#include "word_encoding.h"

#include "character_class.h"

/* The best segmentation up to a place of the word: its score, the token that ends here and its
 * start; `start` is -1 if there is none. `next` is the reverse link, set when the best one is
 * known. */
typedef struct {
  double score;
  int32_t start, id, next;
} way;

size_t unigram_memory(size_t length) { return (length + 1) * sizeof(way); }

static inline void improve(way *end, double score, int32_t start, int32_t id) {
  if (end->start >= 0 && score <= end->score)
    return;
  end->score = score;
  end->start = start;
  end->id = id;
}

/* Text that no token covers: a token that is equal by chance, the tokens of its bytes, or
 * unknown. */
static void append_unknown(const unigram_model *model, const uint8_t *text, int32_t start,
                           int32_t end, token_list *tokens) {
  int32_t id = token_table_find(&model->tokens, text + start, (size_t)(end - start));
  if (id < 0 && model->fallback_ids != NULL) {
    bool all = true;
    for (int32_t at = start; at < end; at++)
      all = all && model->fallback_ids[text[at]] >= 0;
    if (all) {
      for (int32_t at = start; at < end; at++)
        token_list_append(tokens, model->fallback_ids[text[at]], start, end);
      return;
    }
  }
  token_list_append(tokens, id >= 0 ? id : model->unknown, start, end);
}

void unigram_encode(const void *model, void *memory, const uint8_t *text, int32_t from, int32_t to,
                    token_list *tokens) {
  const unigram_model *own = model;
  way *ways = memory;
  int32_t length = to - from;
  const uint8_t *word = text + from;
  for (int32_t at = 0; at <= length; at++)
    ways[at].start = -1;
  ways[0].score = 0;
  for (int32_t start = 0; start < length;) {
    double score = ways[start].score;
    int32_t width = (int32_t)utf8_length(word[start]);
    bool whole = false; /* whether a token covers exactly this character */
    uint32_t node = BYTE_TRIE_ROOT;
    for (int32_t at = start; at < length;) {
      const byte_trie_edge *edge = byte_trie_step(&own->pieces, node, word[at++]);
      if (edge == NULL)
        break;
      node = edge->child;
      if (edge->value < 0)
        continue;
      improve(&ways[at], own->scores[edge->value] + score, start, edge->value);
      whole = whole || at - start == width;
    }
    if (!whole)
      improve(&ways[start + width], own->unknown_score + score, start, own->unknown);
    start += width;
  }
  for (int32_t end = length; end > 0; end = ways[end].start)
    ways[ways[end].start].next = end;
  for (int32_t start = 0; start < length;) {
    int32_t end = ways[start].next, id = ways[end].id;
    if (id != own->unknown) {
      token_list_append(tokens, id, from + start, from + end);
    } else {
      while (own->fuses_unknown && end < length && ways[ways[end].next].id == own->unknown)
        end = ways[end].next;
      append_unknown(own, text, from + start, from + end, tokens);
    }
    start = end;
  }
}
