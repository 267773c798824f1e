#ifndef TEXT_KERNELS_TEXT_PATTERN_H
#define TEXT_KERNELS_TEXT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A regular expression (PCRE2) for valid UTF-8, with the character classes of Unicode; ^ and $
 * match at every line. It is immutable and can be used by any number of threads. */
typedef struct text_pattern text_pattern;

enum pattern_status {
  PATTERN_OK,
  PATTERN_INVALID,
  PATTERN_TOO_COSTLY, /* the limit of steps or of memory was reached; see text_pattern.c */
  PATTERN_NO_MEMORY
};

/* What an expression means. */
enum pattern_kind {
  PATTERN_UNICODE, /* as above; the first alternative that matches counts */
  PATTERN_LONGEST /* RE2's with the option longest_match: \w and its like are ASCII, ^ and $ are the
                     ends of the text, and the longest match counts */
};

/* NULL on failure; `message` (at least one byte of room) and `offset` then describe it. */
text_pattern *text_pattern_new(const char *expression, size_t length, enum pattern_kind kind,
                               enum pattern_status *status, char *message, size_t room,
                               size_t *offset);
void text_pattern_free(text_pattern *pattern);

/* One thread's memory for matching with a pattern; NULL if there is none. */
typedef struct pattern_memory pattern_memory;
pattern_memory *pattern_memory_new(const text_pattern *pattern);
void pattern_memory_free(pattern_memory *memory);

/* A search through text[0 ..< count]; all other members start as 0. */
typedef struct {
  const text_pattern *pattern;
  pattern_memory *memory;
  const uint8_t *text;
  size_t count;
  size_t at;         /* where the next search starts */
  bool follows;      /* whether there was a match, which ended at `at` */
  size_t start, end; /* the match */
  enum pattern_status status;
} pattern_search;

/* Finds the next match, which may be empty but not at the end of the one before. Returns false if
 * there is none, or on failure (`status`). */
bool pattern_next(pattern_search *search);

#endif
