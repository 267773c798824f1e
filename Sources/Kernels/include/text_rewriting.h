#ifndef KERNELS_TEXT_REWRITING_H
#define KERNELS_TEXT_REWRITING_H

#include "character_class.h"

/* A text and, for each of its bytes, which bytes of the text that it was made of it stands for:
 * from[i] ..< to[i]; both NULL where nobody asks. UTF-8 without faults.
 *
 * Every function here appends what it makes of `source` to `target`, which has room for it. */
typedef struct {
  uint8_t *bytes;
  int32_t *from, *to;
  size_t count;
} aligned_text;

/* One character, standing for the bytes that byte `origin` of `source` stands for. */
void aligned_append(aligned_text *target, int32_t character, const aligned_text *source,
                    size_t origin);
/* source[from ..< to] as it is. */
void aligned_copy(aligned_text *target, const aligned_text *source, size_t from, size_t to);

/* BERT's normalization. Room: 3 bytes a byte. */
enum bert_bits {
  BERT_CLEAN = 1,     /* no control characters, U+0000 and U+FFFD; every space is U+0020 */
  BERT_IDEOGRAPH = 2, /* spaces round CJK ideographs */
  BERT_STRIP = 4,     /* decomposed, without nonspacing marks */
  BERT_LOWERCASE = 8
};
void text_rewrite_bert(const aligned_text *source, aligned_text *target, unsigned bits);

/* Character by character. Room: 3 bytes for each 2. */
enum character_rewriting {
  CHARACTERS_LOWERCASE,
  CHARACTERS_WITHOUT_MARKS,
  CHARACTERS_NMT /* sentencepiece's "nmt" rules: some controls go, some are spaces */
};
void text_rewrite_characters(const aligned_text *source, aligned_text *target,
                             enum character_rewriting how);

/* Each occurrence of `pattern`, from the left, replaced. Room: the greater of the source and of
 * (source / pattern) contents, and the source. */
void text_replace(const aligned_text *source, aligned_text *target, const uint8_t *pattern,
                  size_t pattern_length, const uint8_t *content, size_t content_length);
/* Each longest run of at least `least` characters of `class` (or equal to `character`, if that
 * is not negative) replaced. */
void text_replace_runs(const aligned_text *source, aligned_text *target, uint8_t class,
                       int32_t character, size_t least, const uint8_t *content,
                       size_t content_length);
/* `content` before the text, standing for the text's first character; nothing before no text. */
void text_prepend(const aligned_text *source, aligned_text *target, const uint8_t *content,
                  size_t content_length);

/* Each U+0020 as `mark`; with one before the text, standing for its first character, if `leads`.
 * Room: a mark a byte, and one. */
void text_mark_spaces(const aligned_text *source, aligned_text *target, const uint8_t *mark,
                      size_t mark_length, bool leads);

/* Unicode's normalization forms (UAX 15). Room: 3 bytes a byte, 11 where compatible.
 * `memory` has room for `form_memory(source->count)` bytes. */
enum unicode_form { FORM_NFC, FORM_NFD, FORM_NFKC, FORM_NFKD };
size_t form_memory(size_t bytes, enum unicode_form form);
void text_rewrite_form(const aligned_text *source, aligned_text *target, enum unicode_form form,
                       void *memory);

/* A table of replacements as sentencepiece compiles it: a double array of bytes, whose values are
 * places in a block of NUL-terminated texts. What comes from a file is never trusted: a place
 * outside of the table is no match. Room: a byte or `longest` bytes for each byte. */
typedef struct {
  const uint32_t *units;
  size_t unit_count;
  const uint8_t *texts; /* the last byte is a NUL; UTF-8 without faults */
  size_t text_bytes, longest;
} character_map;
void text_rewrite_mapped(const aligned_text *source, aligned_text *target,
                         const character_map *map);

#endif
