#ifndef TEXT_KERNELS_TEXT_REWRITING_H
#define TEXT_KERNELS_TEXT_REWRITING_H

#include "character_class.h"
#include "text_pattern.h"

/* A text and, for each of its bytes, the range of bytes from[i] ..< to[i] of the original text
 * that it represents; from and to are NULL if places are not needed. Valid UTF-8.
 *
 * Every function here appends its result for `source` to `target`, which must have room for it. */
typedef struct {
  uint8_t *bytes;
  int32_t *from, *to;
  size_t count;
} aligned_text;

/* Appends one character, which represents the same bytes as byte `origin` of `source`. */
void aligned_append(aligned_text *target, int32_t character, const aligned_text *source,
                    size_t origin);
/* Appends source[from ..< to] unchanged. */
void aligned_copy(aligned_text *target, const aligned_text *source, size_t from, size_t to);

/* BERT's normalization. Room: 3 bytes per byte. */
enum bert_bits {
  BERT_CLEAN = 1,     /* no control characters, U+0000 and U+FFFD; every space is U+0020 */
  BERT_IDEOGRAPH = 2, /* spaces round CJK ideographs */
  BERT_STRIP = 4,     /* decomposed, without nonspacing marks */
  BERT_LOWERCASE = 8
};
void text_rewrite_bert(const aligned_text *source, aligned_text *target, unsigned bits);

/* Rewrites character by character. Room: 3 bytes for each 2. */
enum character_rewriting {
  CHARACTERS_LOWERCASE,
  CHARACTERS_WITHOUT_MARKS,
  CHARACTERS_NMT /* sentencepiece's "nmt" rules: some controls go, some are spaces */
};
void text_rewrite_characters(const aligned_text *source, aligned_text *target,
                             enum character_rewriting how);

/* Replaces each occurrence of `pattern`, from the left. Room: the larger of the source and
 * (source / pattern) contents, plus the source. */
void text_replace(const aligned_text *source, aligned_text *target, const uint8_t *pattern,
                  size_t pattern_length, const uint8_t *content, size_t content_length);
/* Replaces each maximal run of at least `least` characters of `class` (or equal to `character`,
 * if that is not negative). */
void text_replace_runs(const aligned_text *source, aligned_text *target, uint8_t class,
                       int32_t character, size_t least, const uint8_t *content,
                       size_t content_length);
/* Replaces each match of a search through the source's bytes. Room: one content for each byte and
 * one more, plus the source. On failure (`search->status`) the result is incomplete. */
void text_replace_matches(const aligned_text *source, aligned_text *target, pattern_search *search,
                          const uint8_t *content, size_t content_length);
/* Inserts `content` before the text; it represents the text's first character. Does nothing for
 * an empty text. */
void text_prepend(const aligned_text *source, aligned_text *target, const uint8_t *content,
                  size_t content_length);

/* Replaces each U+0020 by `mark`; if `leads`, also inserts one before the text, which represents
 * the text's first character. Room: one mark per byte, plus one. */
void text_mark_spaces(const aligned_text *source, aligned_text *target, const uint8_t *mark,
                      size_t mark_length, bool leads);

/* Unicode's normalization forms (UAX 15). Room: 3 bytes per byte, 11 for compatibility forms.
 * `memory` has `form_memory(source->count)` bytes. */
enum unicode_form { FORM_NFC, FORM_NFD, FORM_NFKC, FORM_NFKD };
size_t form_memory(size_t bytes, enum unicode_form form);
void text_rewrite_form(const aligned_text *source, aligned_text *target, enum unicode_form form,
                       void *memory);

/* A replacement table compiled by sentencepiece: a double array of bytes whose values are
 * offsets into a block of NUL-terminated texts. It comes from a file and is not trusted: an
 * offset outside the block is no match. Room: one byte or `longest` bytes for each byte. */
typedef struct {
  const uint32_t *units;
  size_t unit_count;
  const uint8_t *texts; /* the last byte is a NUL; UTF-8 without faults */
  size_t text_bytes, longest;
} character_map;
void text_rewrite_mapped(const aligned_text *source, aligned_text *target,
                         const character_map *map);

#endif
