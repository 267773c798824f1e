#ifndef TEXT_KERNELS_BYTE_TRIE_H
#define TEXT_KERNELS_BYTE_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A trie of bytes whose edges are in one hash table. An edge leads from node `key` >> 8 with the
 * byte `key` & 255 to node `child`; the string up to there has the number `value`, or -1 if it
 * is not in the set. An edge with child 0 is free. Nodes 1 and 2 are roots: two sets of strings
 * in one table. */
typedef struct {
  uint32_t key, child;
  int32_t value;
} byte_trie_edge;

typedef struct {
  byte_trie_edge *edges; /* `mask` + 1, a power of two */
  uint32_t mask, count, nodes;
} byte_trie;

enum { BYTE_TRIE_ROOT = 1, BYTE_TRIE_SECOND_ROOT = 2, BYTE_TRIE_NODES = 1 << 24 };

/* The edge from a node with a byte; NULL if there is none. */
static inline const byte_trie_edge *byte_trie_step(const byte_trie *trie, uint32_t node,
                                                   uint8_t byte) {
  uint32_t key = node << 8 | byte, at = key * 0x9e3779b1u;
  at ^= at >> 15;
  for (at &= trie->mask;; at = (at + 1) & trie->mask) {
    const byte_trie_edge *edge = trie->edges + at;
    if (edge->child == 0)
      return NULL;
    if (edge->key == key)
      return edge;
  }
}

/* Adds a string of at least one byte; an existing string keeps its number. Returns false,
 * without adding, if the table is more than three quarters full or has the maximum number of
 * nodes. */
bool byte_trie_insert(byte_trie *trie, uint32_t root, const uint8_t *bytes, size_t length,
                      int32_t value);
/* Finds the leftmost string of the first root in text[from ..< to], and the longest of those
 * that begin there. Returns its number and writes its place to *start and *end; -1 if there is
 * none. first_bytes[b]: whether any string begins with byte b. */
int32_t byte_trie_find(const byte_trie *trie, const bool *first_bytes, const uint8_t *text,
                       size_t from, size_t to, size_t *start, size_t *end);
/* Copies the edges of a table into a larger, empty one. */
void byte_trie_move(const byte_trie *from, byte_trie *to);

#endif
