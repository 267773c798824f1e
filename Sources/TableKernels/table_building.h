#ifndef TABLE_KERNELS_TABLE_BUILDING_H
#define TABLE_KERNELS_TABLE_BUILDING_H

#include "table_cells.h"

#include <stdlib.h>
#include <string.h>

/* Appends cells to a table while it is cut, and records why the cutting stopped. In a header, so
 * that the scan, which appends a cell every few bytes, needs no function call. */

static inline bool table_is_blank(unsigned char byte) { return byte == ' ' || byte == '\t'; }

static inline bool table_grow(void **memory, size_t *capacity, size_t needed, size_t element) {
  if (needed <= *capacity)
    return true;
  size_t wanted = *capacity < 1024 ? 1024 : *capacity;
  while (wanted < needed) {
    if (wanted > SIZE_MAX / 2 / element)
      return false;
    wanted += wanted / 2;
  }
  void *larger = realloc(*memory, wanted * element);
  if (larger == NULL)
    return false;
  *memory = larger;
  *capacity = wanted;
  return true;
}

static inline bool table_fail(struct table_cells *table, enum table_status status, size_t offset) {
  table->status = status;
  table->failure_offset = offset;
  return false;
}

static inline bool table_reserve_cells(struct table_cells *table, size_t needed) {
  return table_grow((void **)&table->cells, &table->cell_capacity, needed, sizeof(uint64_t));
}

static inline bool table_append_cell(struct table_cells *table, uint64_t flags, size_t offset,
                                     size_t length, size_t source) {
  if (length >= TABLE_CELL_LENGTH_LIMIT || offset >= TABLE_CELL_OFFSET_LIMIT)
    return table_fail(table, TABLE_CELL_TOO_LONG, source);
  if (table->cell_count == table->cell_capacity &&
      !table_reserve_cells(table, table->cell_count + 1))
    return table_fail(table, TABLE_NO_MEMORY, source);
  table->cells[table->cell_count++] =
      flags | (uint64_t)length << TABLE_CELL_OFFSET_BITS | (uint64_t)offset;
  return true;
}

/* Room for a cell of at most `length` bytes that is not a slice of the text; NULL on failure. */
static inline char *table_begin_unescaped(struct table_cells *table, size_t length, size_t source) {
  /* 16 bytes more, so that copies need not be exact. */
  size_t needed = table->unescaped_count + sizeof(uint64_t) + length + 16;
  if (length >= TABLE_CELL_LENGTH_LIMIT) {
    table_fail(table, TABLE_CELL_TOO_LONG, source);
    return NULL;
  }
  if (!table_grow((void **)&table->unescaped, &table->unescaped_capacity, needed, 1)) {
    table_fail(table, TABLE_NO_MEMORY, source);
    return NULL;
  }
  uint64_t place = source;
  memcpy(table->unescaped + table->unescaped_count, &place, sizeof place);
  return table->unescaped + table->unescaped_count + sizeof place;
}

static inline bool table_end_unescaped(struct table_cells *table, const char *copy, size_t length,
                                       uint64_t flags, size_t source) {
  size_t offset = (size_t)(copy - table->unescaped);
  table->unescaped_count = offset + length;
  return table_append_cell(table, flags | TABLE_CELL_UNESCAPED, offset, length, source);
}

#endif
