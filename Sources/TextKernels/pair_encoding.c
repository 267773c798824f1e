#include "word_encoding.h"

#include "character_class.h"

/* A token of the word so far, in a doubly linked list by index; -1: no neighbour. A token that
 * was merged into its left neighbour has length 0. */
typedef struct {
  int32_t id, previous, next, length;
} unit;

/* A possible merge; the lowest rank comes first, then the leftmost. */
typedef struct {
  uint64_t order; /* rank << 32 | index of the left unit */
  int32_t id;
} candidate;

typedef struct {
  unit *units;
  candidate *heap;
  size_t count, waiting;
} merging;

static inline size_t most_units(const pair_model *model, size_t length) {
  /* Each byte of a prefix, a character and a suffix may become a token. */
  size_t added = model->fallback_ids == NULL
                     ? 0
                     : length * (size_t)model->prefix_length + (size_t)model->suffix_length;
  return length + added + 1;
}

size_t pair_memory(const pair_model *model, size_t length) {
  return most_units(model, length) * (sizeof(unit) + 3 * sizeof(candidate));
}

static inline uint64_t pair_hash(uint64_t pair) { return bytes_mix(pair, 0xd6e8feb86659fd93ull); }

static const token_merge *find_merge(const pair_model *model, int32_t left, int32_t right) {
  uint64_t pair = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
  for (uint64_t at = pair_hash(pair) & model->merge_mask;; at = (at + 1) & model->merge_mask) {
    const token_merge *merge = model->merges + at;
    if (merge->rank < 0)
      return NULL;
    if (merge->pair == pair)
      return merge;
  }
}

void pair_insert_merge(token_merge *merges, uint64_t mask, int32_t left, int32_t right,
                       int32_t rank, int32_t id) {
  uint64_t pair = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
  uint64_t at = pair_hash(pair) & mask;
  while (merges[at].rank >= 0 && merges[at].pair != pair)
    at = (at + 1) & mask;
  merges[at] = (token_merge){pair, rank, id};
}

static void offer(merging *state, const pair_model *model, int32_t left) {
  int32_t right = left < 0 ? -1 : state->units[left].next;
  if (right < 0)
    return;
  const token_merge *merge = find_merge(model, state->units[left].id, state->units[right].id);
  if (merge == NULL)
    return;
  candidate added = {(uint64_t)(uint32_t)merge->rank << 32 | (uint32_t)left, merge->id};
  size_t at = state->waiting++;
  while (at > 0 && state->heap[(at - 1) / 2].order > added.order) {
    state->heap[at] = state->heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  state->heap[at] = added;
}

static candidate take_first(merging *state) {
  candidate first = state->heap[0], last = state->heap[--state->waiting];
  size_t at = 0;
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= state->waiting)
      break;
    if (child + 1 < state->waiting && state->heap[child + 1].order < state->heap[child].order)
      child++;
    if (state->heap[child].order >= last.order)
      break;
    state->heap[at] = state->heap[child];
    at = child;
  }
  state->heap[at] = last;
  return first;
}

static void add_unit(merging *state, int32_t id, int32_t length) {
  int32_t index = (int32_t)state->count++;
  state->units[index] = (unit){id, index - 1, -1, length};
  if (index > 0)
    state->units[index - 1].next = index;
}

/* An unknown token that is not complete yet: neighbours may join it. */
typedef struct {
  int32_t length;
  bool waits;
} unknown_run;

static void end_unknown(merging *state, const pair_model *model, unknown_run *run) {
  if (run->waits)
    add_unit(state, model->unknown, run->length);
  run->waits = false;
}

static void add_character(merging *state, const pair_model *model, const uint8_t *bytes,
                          int32_t length, bool first, bool last, unknown_run *run) {
  uint8_t dressed[64 + 4 + 64];
  const uint8_t *key = bytes;
  int32_t key_length = length;
  bool prefixed = !first && model->prefix_length > 0, suffixed = last && model->suffix_length > 0;
  if (prefixed || suffixed) {
    key_length = 0;
    if (prefixed) {
      memcpy(dressed, model->prefix, (size_t)model->prefix_length);
      key_length = model->prefix_length;
    }
    memcpy(dressed + key_length, bytes, (size_t)length);
    key_length += length;
    if (suffixed) {
      memcpy(dressed + key_length, model->suffix, (size_t)model->suffix_length);
      key_length += model->suffix_length;
    }
    key = dressed;
  }
  int32_t id = token_table_find(&model->tokens, key, (size_t)key_length);
  if (id >= 0) {
    end_unknown(state, model, run);
    add_unit(state, id, length);
    return;
  }
  if (model->fallback_ids != NULL) {
    bool all = true;
    for (int32_t index = 0; index < key_length; index++)
      all = all && model->fallback_ids[key[index]] >= 0;
    if (all) {
      end_unknown(state, model, run);
      for (int32_t index = 0; index < key_length; index++)
        add_unit(state, model->fallback_ids[key[index]], 1);
      return;
    }
  }
  if (model->unknown < 0)
    return;
  if (run->waits && model->fuses_unknown) {
    run->length += length;
    return;
  }
  end_unknown(state, model, run);
  *run = (unknown_run){length, true};
}

static void add_units(merging *state, const pair_model *model, const uint8_t *text, int32_t from,
                      int32_t to) {
  unknown_run run = {0, false};
  for (int32_t at = from; at < to;) {
    if (model->byte_ids != NULL && model->prefix_length == 0 && model->suffix_length == 0 &&
        model->byte_ids[text[at]] >= 0) {
      end_unknown(state, model, &run);
      add_unit(state, model->byte_ids[text[at++]], 1);
      continue;
    }
    int32_t length = model->byte_ids != NULL ? 1 : (int32_t)utf8_length(text[at]);
    add_character(state, model, text + at, length, at == from, at + length == to, &run);
    at += length;
  }
  end_unknown(state, model, &run);
}

void pair_encode(const void *model, void *memory, const uint8_t *text, int32_t from, int32_t to,
                 token_list *tokens) {
  const pair_model *own = model;
  if (own->whole_words_first) {
    int32_t id = token_table_find(&own->tokens, text + from, (size_t)(to - from));
    if (id >= 0) {
      token_list_append(tokens, id, from, to);
      return;
    }
  }
  merging state = {memory, NULL, 0, 0};
  state.heap = (candidate *)(state.units + most_units(own, (size_t)(to - from)));
  add_units(&state, own, text, from, to);
  for (int32_t index = 0; index + 1 < (int32_t)state.count; index++)
    offer(&state, own, index);
  while (state.waiting > 0) {
    candidate next = take_first(&state);
    unit *left = state.units + (uint32_t)next.order;
    if (left->length == 0 || left->next < 0)
      continue;
    unit *right = state.units + left->next;
    /* The pair may have changed since; its present form has a separate entry. */
    const token_merge *merge = find_merge(own, left->id, right->id);
    if (merge == NULL || merge->id != next.id)
      continue;
    left->id = merge->id;
    left->length += right->length;
    left->next = right->next;
    right->length = 0;
    int32_t index = (int32_t)(left - state.units);
    if (left->next >= 0)
      state.units[left->next].previous = index;
    offer(&state, own, left->previous);
    offer(&state, own, index);
  }
  int32_t place = from;
  for (int32_t index = 0; index < (int32_t)state.count && index >= 0;
       index = state.units[index].next) {
    int32_t end = place + state.units[index].length;
    end = end < to ? end : to;
    token_list_append(tokens, state.units[index].id, place, end);
    place = end;
    if (state.units[index].next < 0)
      break;
  }
}
