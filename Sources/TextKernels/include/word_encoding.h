#ifndef TEXT_KERNELS_WORD_ENCODING_H
#define TEXT_KERNELS_WORD_ENCODING_H

#include "byte_trie.h"
#include "token_table.h"

/* From words to tokens: the models of tokenizers, each a function of one word, and the loop over
 * words with its cache. Places are in bytes of the text. */

/* A sequence of tokens. `starts`, `ends` and `words` are all NULL if places are not needed. */
typedef struct {
  int32_t *ids, *starts, *ends, *words;
  size_t count;
} token_list;

static inline void token_list_append(token_list *tokens, int32_t id, int32_t start, int32_t end) {
  tokens->ids[tokens->count] = id;
  if (tokens->starts != NULL) {
    tokens->starts[tokens->count] = start;
    tokens->ends[tokens->count] = end;
  }
  tokens->count++;
}

/* Appends the tokens of text[from ..< to], at least one byte. `memory` has the size that the
 * model needs for a word of this length. */
typedef void (*word_model)(const void *model, void *memory, const uint8_t *text, int32_t from,
                           int32_t to, token_list *tokens);

/* A cache entry for a word of at most 26 bytes and 7 tokens. It has the size of a cache line, so
 * that a frequent word costs one memory access. */
typedef struct {
  uint64_t hash;
  uint8_t length, count;
  uint8_t word[26];
  int32_t ids[7];
} cached_word;

/* Encodes the words starts[i] ..< ends[i]; the first has the number `first_word`. The cache,
 * with 2^cache_bits entries, is used by calls without places. */
void encode_words(word_model encode, const void *model, void *memory, cached_word *cache,
                  unsigned cache_bits, const uint8_t *text, const int32_t *starts,
                  const int32_t *ends, size_t count, int32_t first_word, token_list *tokens);

/* WordPiece: the longest token at the front, then repeatedly the longest continuing token; one
 * unknown token for a word that cannot be divided so. The second root has the continuing tokens. */
typedef struct {
  byte_trie pieces;
  int32_t unknown, longest_word; /* characters */
} wordpiece_model;
void wordpiece_encode(const void *model, void *memory, const uint8_t *text, int32_t from,
                      int32_t to, token_list *tokens);

/* WordLevel: the word's token, or the unknown one; none if that is negative. */
typedef struct {
  token_table tokens;
  int32_t unknown;
} word_level_model;
void word_level_encode(const void *model, void *memory, const uint8_t *text, int32_t from,
                       int32_t to, token_list *tokens);

/* Byte-pair encoding (Sennrich, Haddow and Birch 2016): neighbours are merged, the pair with the
 * lowest rank first, the leftmost of equal ones. */
typedef struct {
  uint64_t pair; /* left << 32 | right */
  int32_t rank;  /* -1: a free slot */
  int32_t id;
} token_merge;

typedef struct {
  token_table tokens;
  const token_merge *merges;
  uint64_t merge_mask;
  const int32_t *byte_ids;        /* 256: a unit is a byte and has this token; NULL: a character */
  const int32_t *fallback_ids;    /* 256: tokens of the bytes of unknown characters; NULL: none */
  const uint8_t *prefix, *suffix; /* of units after the first, of the last unit */
  int32_t prefix_length, suffix_length; /* at most 64 each */
  int32_t unknown;                      /* -1: unknown characters are dropped */
  bool fuses_unknown, whole_words_first;
} pair_model;
void pair_encode(const void *model, void *memory, const uint8_t *text, int32_t from, int32_t to,
                 token_list *tokens);
/* The bytes of memory for a word of `length` bytes. */
size_t pair_memory(const pair_model *model, size_t length);
/* Inserts a merge; returns false if the table has no free slot. */
void pair_insert_merge(token_merge *merges, uint64_t mask, int32_t left, int32_t right,
                       int32_t rank, int32_t id);

/* Unigram (Kudo 2018): the tokens with the largest sum of scores. */
typedef struct {
  byte_trie pieces;
  token_table tokens;
  const double *scores;
  double unknown_score;
  int32_t unknown;
  const int32_t *fallback_ids; /* as above */
  bool fuses_unknown;
} unigram_model;
void unigram_encode(const void *model, void *memory, const uint8_t *text, int32_t from, int32_t to,
                    token_list *tokens);
size_t unigram_memory(size_t length);

#endif
