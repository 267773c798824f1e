#include "category_codes.h"

#include <stdlib.h>
#include <string.h>

#include "vector_code.h"

static inline bool is_present(const uint8_t *validity, size_t row) {
  return validity == NULL || (validity[row >> 3] >> (row & 7) & 1);
}

VECTOR_CODE
static void range_of_all(const int64_t *values, size_t from, size_t to, int64_t *least,
                         int64_t *greatest) {
  int64_t low = values[from], high = values[from];
  for (size_t row = from; row < to; row++) {
    low = values[row] < low ? values[row] : low;
    high = values[row] > high ? values[row] : high;
  }
  *least = low;
  *greatest = high;
}

bool category_range_i64(const int64_t *values, const uint8_t *validity, size_t from, size_t to,
                        int64_t *least, int64_t *greatest) {
  if (from >= to)
    return false;
  if (validity == NULL) {
    range_of_all(values, from, to, least, greatest);
    return true;
  }
  bool any = false;
  for (size_t row = from; row < to; row++) {
    if (!is_present(validity, row))
      continue;
    if (!any || values[row] < *least)
      *least = values[row];
    if (!any || values[row] > *greatest)
      *greatest = values[row];
    any = true;
  }
  return any;
}

VECTOR_CODE
static uint64_t marks_of_64(const int64_t *values, size_t from, size_t to, int64_t least) {
  uint64_t marks = 0;
  for (size_t row = from; row < to; row++)
    marks |= 1ull << ((uint64_t)(values[row] - least) & 63);
  return marks;
}

void category_mark_i64(const int64_t *values, const uint8_t *validity, size_t from, size_t to,
                       int64_t least, size_t width, uint8_t *seen) {
  if (validity == NULL && width <= 64) {
    uint64_t marks = marks_of_64(values, from, to, least);
    for (size_t place = 0; place < width; place++)
      seen[place] = marks >> place & 1;
    return;
  }
  if (validity == NULL) {
    for (size_t row = from; row < to; row++)
      seen[values[row] - least] = 1;
    return;
  }
  for (size_t row = from; row < to; row++) {
    if (is_present(validity, row))
      seen[values[row] - least] = 1;
  }
}

VECTOR_CODE
static void low_bytes(const int64_t *values, size_t from, size_t to, uint8_t *bytes) {
  for (size_t row = from; row < to; row++)
    bytes[row] = (uint8_t)values[row];
}

bool category_bytes_i64(const int64_t *values, size_t from, size_t to, uint8_t *bytes,
                        struct category_bytes *found) {
  /* Blocks that stay in the second-level cache, so that memory is read once. */
  enum { BLOCK = 8192 };
  for (size_t row = from; row < to; row += BLOCK) {
    size_t end = to - row < BLOCK ? to : row + BLOCK;
    int64_t least, greatest;
    range_of_all(values, row, end, &least, &greatest);
    if (row == from || least < found->least)
      found->least = least;
    if (row == from || greatest > found->greatest)
      found->greatest = greatest;
    uint64_t span = (uint64_t)found->greatest - (uint64_t)found->least;
    if (span >= CATEGORY_BYTES)
      return false;
    low_bytes(values, row, end, bytes);
    if ((uint64_t)greatest - (uint64_t)least < 64) {
      uint64_t marks = marks_of_64(values, row, end, least);
      for (; marks != 0; marks &= marks - 1)
        found->seen[(uint8_t)((uint64_t)least + (unsigned)__builtin_ctzll(marks))] = true;
    } else {
      for (size_t at = row; at < end; at++)
        found->seen[bytes[at]] = true;
    }
  }
  return true;
}

void category_bytes_renumber(uint8_t *bytes, size_t from, size_t to, const uint8_t map[256]) {
  for (size_t row = from; row < to; row++)
    bytes[row] = map[bytes[row]];
}

VECTOR_CODE
void category_bytes_shift(uint8_t *bytes, size_t from, size_t to, uint8_t least) {
  for (size_t row = from; row < to; row++)
    bytes[row] = (uint8_t)(bytes[row] - least);
}

VECTOR_CODE
void category_offsets_i64(const int64_t *values, size_t from, size_t to, int64_t least,
                          int32_t *codes) {
  for (size_t row = from; row < to; row++)
    codes[row] = (int32_t)((uint64_t)values[row] - (uint64_t)least);
}

void category_look_up_i64(const int64_t *values, const uint8_t *validity, size_t from, size_t to,
                          int64_t least, const int32_t *table, int32_t *codes) {
  if (validity == NULL) {
    for (size_t row = from; row < to; row++)
      codes[row] = table[values[row] - least];
    return;
  }
  for (size_t row = from; row < to; row++)
    codes[row] = is_present(validity, row) ? table[values[row] - least] : -1;
}

/* ---- Hashing ---- */

/* The finalizer of SplitMix64 (Steele, Lea and Flood 2014). */
static inline uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

static inline uint64_t hash_text(const char *text, size_t length) {
  uint64_t hash = 0x9e3779b97f4a7c15ull * (length + 1), word;
  for (; length >= 8; text += 8, length -= 8) {
    memcpy(&word, text, sizeof word);
    hash = mix(hash ^ word);
  }
  word = 0;
  memcpy(&word, text, length);
  return mix(hash ^ word);
}

static bool enlarge(struct category_table *table) {
  size_t wanted = table->slot_count == 0 ? 256 : table->slot_count * 4;
  size_t capacity = wanted / 2;
  if (capacity > INT32_MAX)
    return false;
  int32_t *slots = malloc(wanted * sizeof *slots);
  uint64_t *hashes = realloc(table->hashes, capacity * sizeof *hashes);
  if (hashes != NULL)
    table->hashes = hashes;
  size_t *rows = realloc(table->rows, capacity * sizeof *rows);
  if (rows != NULL)
    table->rows = rows;
  if (slots == NULL || hashes == NULL || rows == NULL) {
    free(slots);
    return false;
  }
  memset(slots, 0xff, wanted * sizeof *slots);
  for (size_t index = 0; index < table->count; index++) {
    size_t slot = hashes[index] & (wanted - 1);
    while (slots[slot] >= 0)
      slot = (slot + 1) & (wanted - 1);
    slots[slot] = (int32_t)index;
  }
  free(table->slots);
  table->slots = slots;
  table->slot_count = wanted;
  table->capacity = capacity;
  return true;
}

static inline int32_t insert(struct category_table *table, size_t slot, uint64_t hash, size_t row) {
  int32_t code = (int32_t)table->count++;
  table->slots[slot] = code;
  table->hashes[code] = hash;
  table->rows[code] = row;
  return code;
}

bool category_codes_u64(const uint64_t *values, const uint8_t *validity, size_t from, size_t to,
                        struct category_table *table, int32_t *codes) {
  for (size_t row = from; row < to; row++) {
    if (!is_present(validity, row)) {
      codes[row] = -1;
      continue;
    }
    if (table->count == table->capacity && !enlarge(table))
      return false;
    uint64_t hash = mix(values[row]);
    size_t slot = hash & (table->slot_count - 1);
    int32_t code;
    while ((code = table->slots[slot]) >= 0 && table->hashes[code] != hash)
      slot = (slot + 1) & (table->slot_count - 1);
    /* The finalizer is a bijection: equal hashes mean equal values. */
    codes[row] = code >= 0 ? code : insert(table, slot, hash, row);
  }
  return true;
}

bool category_codes_text(const char *block, const int64_t *offsets, const uint8_t *validity,
                         size_t from, size_t to, struct category_table *table, int32_t *codes) {
  for (size_t row = from; row < to; row++) {
    if (!is_present(validity, row)) {
      codes[row] = -1;
      continue;
    }
    if (table->count == table->capacity && !enlarge(table))
      return false;
    const char *text = block + offsets[row];
    size_t length = (size_t)(offsets[row + 1] - offsets[row]) - 1;
    uint64_t hash = hash_text(text, length);
    size_t slot = hash & (table->slot_count - 1);
    int32_t code;
    while ((code = table->slots[slot]) >= 0) {
      size_t first = table->rows[code];
      if (table->hashes[code] == hash &&
          (size_t)(offsets[first + 1] - offsets[first]) - 1 == length &&
          memcmp(block + offsets[first], text, length) == 0)
        break;
      slot = (slot + 1) & (table->slot_count - 1);
    }
    codes[row] = code >= 0 ? code : insert(table, slot, hash, row);
  }
  return true;
}

void category_table_free(struct category_table *table) {
  free(table->slots);
  free(table->hashes);
  free(table->rows);
  memset(table, 0, sizeof *table);
}

void category_renumber(int32_t *codes, size_t from, size_t to, const int32_t *map) {
  for (size_t row = from; row < to; row++) {
    if (codes[row] >= 0)
      codes[row] = map[codes[row]];
  }
}
