#ifndef TABLE_KERNELS_CATEGORY_CODES_H
#define TABLE_KERNELS_CATEGORY_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers values in order of first appearance with a hash table. A validity of NULL means that
 * all values are present; missing values get the code -1. */

/* The minimum and the maximum of the present values of values[from ..< to]; false if there are
 * none. */
bool category_range_i64(const int64_t *values, const uint8_t *validity, size_t from, size_t to,
                        int64_t *least, int64_t *greatest);
/* seen[value - least] = 1 for each present value; `seen` has `width` elements, initially 0. */
void category_mark_i64(const int64_t *values, const uint8_t *validity, size_t from, size_t to,
                       int64_t least, size_t width, uint8_t *seen);
/* codes[i] = values[i] - least: equals the lookup if every value of the range occurs. */
void category_offsets_i64(const int64_t *values, size_t from, size_t to, int64_t least,
                          int32_t *codes);
/* codes[i] = table[values[i] - least]; -1 for missing values. */
void category_look_up_i64(const int64_t *values, const uint8_t *validity, size_t from, size_t to,
                          int64_t least, const int32_t *table, int32_t *codes);

/* What category_bytes_i64 finds. */
struct category_bytes {
  int64_t least, greatest;
  bool seen[256]; /* the lowest bytes of the values that occur */
};
/* Codes in bytes are below this, so that 255 can stand for a missing value elsewhere. */
#define CATEGORY_BYTES 255

/* bytes[i] = the lowest byte of values[i], which tells the values apart if they span fewer than
 * CATEGORY_BYTES; false as soon as they span more. */
bool category_bytes_i64(const int64_t *values, size_t from, size_t to, uint8_t *bytes,
                        struct category_bytes *found);
static inline bool category_byte_occurs(const struct category_bytes *found, size_t byte) {
  return found->seen[byte & 255];
}
/* bytes[i] = map[bytes[i]]. */
void category_bytes_renumber(uint8_t *bytes, size_t from, size_t to, const uint8_t map[256]);
/* bytes[i] -= least, modulo 256. */
void category_bytes_shift(uint8_t *bytes, size_t from, size_t to, uint8_t least);

struct category_table {
  int32_t *slots; /* index of a distinct value, or -1 */
  uint64_t *hashes;
  size_t *rows; /* the first row of each distinct value */
  size_t slot_count, count, capacity;
};

/* Rows [from, to): codes in order of first appearance. Returns false if memory is exhausted. */
bool category_codes_u64(const uint64_t *values, const uint8_t *validity, size_t from, size_t to,
                        struct category_table *table, int32_t *codes);
/* The text of row i is the NUL-terminated text at block + offsets[i]; offsets[i + 1] is one
 * past its NUL. */
bool category_codes_text(const char *block, const int64_t *offsets, const uint8_t *validity,
                         size_t from, size_t to, struct category_table *table, int32_t *codes);
void category_table_free(struct category_table *table);

/* codes[i] = map[codes[i]] for codes that are not negative. */
void category_renumber(int32_t *codes, size_t from, size_t to, const int32_t *map);

#endif
