#include "token_table.h"

/* The number of the token, or -1 and the free slot for it. */
static int32_t look_up(const token_table *table, const uint8_t *bytes, size_t length, uint64_t hash,
                       uint64_t *place) {
  for (uint64_t at = hash & table->mask;; at = (at + 1) & table->mask) {
    uint64_t slot = table->slots[at];
    if (slot == 0) {
      *place = at;
      return -1;
    }
    if (slot >> 32 != hash >> 32)
      continue;
    uint32_t id = (uint32_t)slot - 1, start = table->offsets[id];
    if (table->offsets[id + 1] - start == length &&
        memcmp(table->block + start, bytes, length) == 0)
      return (int32_t)id;
  }
}

int32_t token_table_find(const token_table *table, const uint8_t *bytes, size_t length) {
  uint64_t place;
  return look_up(table, bytes, length, bytes_hash(bytes, length), &place);
}

int32_t token_table_insert(token_table *table, int32_t id) {
  const uint8_t *bytes = table->block + table->offsets[id];
  size_t length = table->offsets[id + 1] - table->offsets[id];
  uint64_t place, hash = bytes_hash(bytes, length);
  int32_t found = look_up(table, bytes, length, hash, &place);
  if (found < 0)
    table->slots[place] = (hash >> 32) << 32 | ((uint32_t)id + 1);
  return found;
}
