#ifndef KERNELS_WORD_SCANNING_H
#define KERNELS_WORD_SCANNING_H

#include "character_class.h"

/* Words of text[from ..< to], appended to a list that has room for as many as there are bytes.
 * The text is UTF-8 without faults; words are never empty. */
typedef struct {
  int32_t *starts, *ends;
  size_t count;
} word_list;

/* Between spaces; each punctuation character is a word. */
void bert_words(const uint8_t *text, int32_t from, int32_t to, word_list *words);
/* \w+|[^\w\s]+ */
void plain_words(const uint8_t *text, int32_t from, int32_t to, word_list *words);

/* What becomes of the characters that match, and so of those between them. */
enum match_behavior {
  MATCH_REMOVED,
  MATCH_ISOLATED,
  MATCH_CONTIGUOUS, /* neighbours that match are one word */
  MATCH_MERGED_WITH_PREVIOUS,
  MATCH_MERGED_WITH_NEXT
};

/* Matches are characters of `class`, or of not one of its bits if `inverted`. */
void class_words(const uint8_t *text, int32_t from, int32_t to, uint8_t class, bool inverted,
                 enum match_behavior behavior, word_list *words);
/* Matches are occurrences of `pattern`, or what is between them. */
void literal_words(const uint8_t *text, int32_t from, int32_t to, const uint8_t *pattern,
                   size_t pattern_length, bool inverted, enum match_behavior behavior,
                   word_list *words);

/* The patterns of byte-level tokenizers:
 *
 *   GPT-2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *   Llama 3  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}
 *            | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 *   Qwen 2   as Llama 3, with \p{N} */
typedef struct {
  bool any_case;       /* contractions in capitals too */
  bool any_lead;       /* letters may follow any one character, not only a space */
  int32_t most_digits; /* 0: any number, and a space before them */
  bool takes_newlines; /* punctuation takes the line ends behind it, and spaces those in them */
} byte_level_pattern;
void byte_level_words(const uint8_t *text, int32_t from, int32_t to,
                      const byte_level_pattern *pattern, word_list *words);

/* Bytes of the longest word. */
int32_t longest_word(const word_list *words);

#endif
