#ifndef TEXT_KERNELS_WORD_SCANNING_H
#define TEXT_KERNELS_WORD_SCANNING_H

#include "character_class.h"
#include "text_pattern.h"

/* The words of text[from ..< to], appended to a list that has room for one per byte. The text is
 * valid UTF-8; words are never empty. */
typedef struct {
  int32_t *starts, *ends;
  size_t count;
} word_list;

/* Separated by spaces; each punctuation character is a word. */
void bert_words(const uint8_t *text, int32_t from, int32_t to, word_list *words);
/* \w+|[^\w\s]+ */
void plain_words(const uint8_t *text, int32_t from, int32_t to, word_list *words);

/* How the characters that match, and therefore those between them, are divided. */
enum match_behavior {
  MATCH_REMOVED,
  MATCH_ISOLATED,
  MATCH_CONTIGUOUS, /* neighbours that match are one word */
  MATCH_MERGED_WITH_PREVIOUS,
  MATCH_MERGED_WITH_NEXT
};

/* Matches are characters of `class`, or without any of its bits if `inverted`. */
void class_words(const uint8_t *text, int32_t from, int32_t to, uint8_t class, bool inverted,
                 enum match_behavior behavior, word_list *words);
/* Matches are occurrences of `pattern`, or the text between them if `inverted`. */
void literal_words(const uint8_t *text, int32_t from, int32_t to, const uint8_t *pattern,
                   size_t pattern_length, bool inverted, enum match_behavior behavior,
                   word_list *words);

/* Matches are those of a search that starts at text + from and has to - from bytes. On failure
 * (`search->status`) the words are incomplete. */
void pattern_words(pattern_search *search, int32_t from, bool inverted,
                   enum match_behavior behavior, word_list *words);

/* The patterns of byte-level tokenizers:
 *
 *   GPT-2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *   Llama 3  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}
 *            | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 *   Qwen 2   as Llama 3, with \p{N} */
typedef struct {
  bool any_case;       /* contractions in capitals match too */
  bool any_lead;       /* letters may follow any single character, not only a space */
  int32_t most_digits; /* 0: any number, with an optional space before */
  bool takes_newlines; /* punctuation includes line ends after it, and spaces those in them */
} byte_level_pattern;
void byte_level_words(const uint8_t *text, int32_t from, int32_t to,
                      const byte_level_pattern *pattern, word_list *words);

/* The number of bytes of the longest word. */
int32_t longest_word(const word_list *words);

#endif
