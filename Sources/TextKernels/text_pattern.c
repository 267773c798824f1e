#include "text_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

struct text_pattern {
  pcre2_code *code;
  bool is_longest;
};

struct pattern_memory {
  pcre2_match_data *data;
  pcre2_match_context *context;
  int *states; /* of PATTERN_LONGEST, which keeps all states of a match; otherwise NULL */
};

/* The steps of backtracking for one match: STEPS + STEPS_A_BYTE for each byte that is left. Runs of
 * a class are one step, so that patterns that divide texts into words stay far below it. */
enum { STEPS = 10000, STEPS_A_BYTE = 32, MOST_KIBIBYTES = 64 << 10, STATES = 4096 };

/* PCRE2 would call the system's allocator without the library's reserve. */
static void *take(PCRE2_SIZE size, void *context) {
  (void)context;
  return malloc(size);
}
static void give(void *block, void *context) {
  (void)context;
  free(block);
}

text_pattern *text_pattern_new(const char *expression, size_t length, enum pattern_kind kind,
                               enum pattern_status *status, char *message, size_t room,
                               size_t *offset) {
  int code = 0;
  message[0] = 0;
  *offset = 0;
  *status = PATTERN_NO_MEMORY;
  text_pattern *pattern = calloc(1, sizeof *pattern);
  pcre2_general_context *general = pcre2_general_context_create(take, give, NULL);
  pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
  if (pattern != NULL && context != NULL) {
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    PCRE2_SIZE place = 0;
    pattern->is_longest = kind == PATTERN_LONGEST;
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
    options |= pattern->is_longest ? PCRE2_DOLLAR_ENDONLY : PCRE2_UCP | PCRE2_MULTILINE;
    pattern->code = pcre2_compile((PCRE2_SPTR)expression, length, options, &code, &place, context);
    if (pattern->code == NULL && code != PCRE2_ERROR_NOMEMORY && code != PCRE2_ERROR_HEAP_FAILED) {
      *status = PATTERN_INVALID;
      *offset = place;
      pcre2_get_error_message(code, (PCRE2_UCHAR *)message, room);
    }
  }
  pcre2_compile_context_free(context);
  pcre2_general_context_free(general);
  if (pattern != NULL && pattern->code != NULL) {
    *status = PATTERN_OK;
    return pattern;
  }
  free(pattern);
  return NULL;
}

void text_pattern_free(text_pattern *pattern) {
  if (pattern == NULL)
    return;
  pcre2_code_free(pattern->code);
  free(pattern);
}

pattern_memory *pattern_memory_new(const text_pattern *pattern) {
  pattern_memory *memory = calloc(1, sizeof *memory);
  pcre2_general_context *general = pcre2_general_context_create(take, give, NULL);
  if (memory != NULL && general != NULL) {
    memory->data = pcre2_match_data_create_from_pattern(pattern->code, general);
    memory->context = pcre2_match_context_create(general);
  }
  pcre2_general_context_free(general);
  if (memory != NULL && pattern->is_longest)
    memory->states = malloc(STATES * sizeof *memory->states);
  if (memory != NULL && memory->data != NULL && memory->context != NULL &&
      (memory->states != NULL || !pattern->is_longest)) {
    pcre2_set_heap_limit(memory->context, MOST_KIBIBYTES);
    return memory;
  }
  pattern_memory_free(memory);
  return NULL;
}

void pattern_memory_free(pattern_memory *memory) {
  if (memory == NULL)
    return;
  pcre2_match_data_free(memory->data);
  pcre2_match_context_free(memory->context);
  free(memory->states);
  free(memory);
}

static enum pattern_status status_of(int code) {
  switch (code) {
  case PCRE2_ERROR_NOMATCH:
    return PATTERN_OK;
  case PCRE2_ERROR_NOMEMORY:
    return PATTERN_NO_MEMORY;
  default:
    return PATTERN_TOO_COSTLY;
  }
}

bool pattern_next(pattern_search *search) {
  while (search->status == PATTERN_OK && search->at <= search->count) {
    size_t left = search->count - search->at;
    size_t steps =
        left < (UINT32_MAX - STEPS) / STEPS_A_BYTE ? STEPS + STEPS_A_BYTE * left : UINT32_MAX;
    pcre2_set_match_limit(search->memory->context, (uint32_t)steps);
    pattern_memory *memory = search->memory;
    /* The longest match is the first that this function gives; it finds no captures and never
     * backtracks. */
    int code = memory->states != NULL
                   ? pcre2_dfa_match(search->pattern->code, search->text, search->count, search->at,
                                     PCRE2_NO_UTF_CHECK, memory->data, memory->context,
                                     memory->states, STATES)
                   : pcre2_match(search->pattern->code, search->text, search->count, search->at,
                                 PCRE2_NO_UTF_CHECK, memory->data, memory->context);
    if (code < 0) {
      search->status = status_of(code);
      return false;
    }
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(search->memory->data);
    size_t start = found[0], end = found[1];
    if (start < search->at || end < start || end > search->count)
      return false;
    if (start == end && search->follows && end == search->at) {
      /* One character on. */
      search->at++;
      while (search->at < search->count && (search->text[search->at] & 0xc0) == 0x80)
        search->at++;
      search->follows = false;
      continue;
    }
    search->start = start;
    search->end = search->at = end;
    search->follows = true;
    return true;
  }
  return false;
}
