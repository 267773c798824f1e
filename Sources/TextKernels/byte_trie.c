#include "byte_trie.h"

static byte_trie_edge *free_edge(byte_trie *trie, uint32_t key) {
  uint32_t at = key * 0x9e3779b1u;
  at ^= at >> 15;
  at &= trie->mask;
  while (trie->edges[at].child != 0)
    at = (at + 1) & trie->mask;
  return trie->edges + at;
}

bool byte_trie_insert(byte_trie *trie, uint32_t root, const uint8_t *bytes, size_t length,
                      int32_t value) {
  if ((uint64_t)trie->count + length >= (uint64_t)(trie->mask + 1) / 4 * 3 ||
      (uint64_t)trie->nodes + length >= BYTE_TRIE_NODES)
    return false;
  uint32_t node = root;
  byte_trie_edge *edge = NULL;
  for (size_t index = 0; index < length; index++) {
    edge = (byte_trie_edge *)byte_trie_step(trie, node, bytes[index]);
    if (edge == NULL) {
      uint32_t key = node << 8 | bytes[index];
      edge = free_edge(trie, key);
      *edge = (byte_trie_edge){key, trie->nodes++, -1};
      trie->count++;
    }
    node = edge->child;
  }
  if (edge != NULL && edge->value < 0)
    edge->value = value;
  return true;
}

void byte_trie_move(const byte_trie *from, byte_trie *to) {
  for (uint64_t index = 0; index <= from->mask; index++) {
    if (from->edges[index].child != 0)
      *free_edge(to, from->edges[index].key) = from->edges[index];
  }
  to->count = from->count;
  to->nodes = from->nodes;
}

int32_t byte_trie_find(const byte_trie *trie, const bool *first_bytes, const uint8_t *text,
                       size_t from, size_t to, size_t *start, size_t *end) {
  for (size_t at = from; at < to; at++) {
    if (!first_bytes[text[at]])
      continue;
    int32_t found = -1;
    uint32_t node = BYTE_TRIE_ROOT;
    for (size_t next = at; next < to;) {
      const byte_trie_edge *edge = byte_trie_step(trie, node, text[next++]);
      if (edge == NULL)
        break;
      node = edge->child;
      if (edge->value >= 0) {
        found = edge->value;
        *end = next;
      }
    }
    if (found >= 0) {
      *start = at;
      return found;
    }
  }
  return -1;
}
