#include "table_survey.h"

#include "block_instructions.h"
#include "table_marks.h"

typedef uint64_t places_function(const char *bytes, char byte);
typedef uint64_t high_function(const char *bytes);
typedef uint64_t parity_function(uint64_t bits);

static inline __attribute__((always_inline)) struct text_survey
survey_with(const char *bytes, size_t count, const struct table_format *format,
            places_function *places, high_function *high, parity_function *parity) {
  struct text_survey survey = {0};
  const char quote = format->has_quote ? (char)format->quote : '\n';
  uint64_t inside = 0, nul_any = 0, high_any = 0;
  size_t feeds_all = 0;
  char padded[64] = {0}; /* the last block, if it is short */
  for (size_t base = 0; base < count; base += 64) {
    const char *block = bytes + base;
    uint64_t within = ~0ull;
    if (count - base < 64) {
      memcpy(padded, block, count - base);
      block = padded;
      within >>= 64 - (count - base);
    }
    uint64_t feeds = places(block, '\n');
    uint64_t quotes = format->has_quote ? places(block, quote) & within : 0;
    nul_any |= places(block, 0) & within;
    high_any |= high(block);
    if ((quotes | inside) != 0) {
      uint64_t quoted = parity(quotes) ^ inside;
      survey.feeds_outside += (size_t)__builtin_popcountll(feeds & ~quoted);
      inside = (uint64_t)((int64_t)quoted >> 63);
    } else {
      survey.feeds_outside += (size_t)__builtin_popcountll(feeds);
    }
    feeds_all += (size_t)__builtin_popcountll(feeds);
  }
  survey.feeds_inside = feeds_all - survey.feeds_outside;
  survey.ends_inside = inside != 0;
  survey.has_nul = nul_any != 0;
  survey.has_non_ascii = high_any != 0;
  return survey;
}

#if HAS_BLOCK_INSTRUCTIONS
WITH_BLOCKS static struct text_survey survey_blocks(const char *bytes, size_t count,
                                                    const struct table_format *format) {
  return survey_with(bytes, count, format, block_places, block_high, block_parity);
}
#endif

struct text_survey table_survey(const char *bytes, size_t count,
                                const struct table_format *format) {
#if HAS_BLOCK_INSTRUCTIONS
  if (table_has_block_instructions())
    return survey_blocks(bytes, count, format);
#endif
  return survey_with(bytes, count, format, places_of, high_places, running_parity);
}

size_t table_next_row(const char *bytes, size_t from, size_t to, bool inside,
                      const struct table_format *format) {
  for (size_t at = from; at < to; at++) {
    inside ^= format->has_quote && (unsigned char)bytes[at] == format->quote;
    if (!inside && bytes[at] == '\n')
      return at + 1;
  }
  return to;
}
