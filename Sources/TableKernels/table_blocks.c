#include "block_instructions.h"
#include "table_building.h"
#include "table_split.h"

/* Cuts text 64 bytes at a time, without a branch for each mark. */

#if HAS_BLOCK_INSTRUCTIONS

/* The marks of a block of at most 64 bytes whose quotes are all closed by the rules of RFC 4180. */
struct block {
  uint64_t marks, feeds, returns; /* outside quotes; marks: delimiters and feeds */
  uint64_t opening;               /* the first quotes of cells */
  uint64_t doubled;               /* the first ones of two quotes that stand for one */
  uint64_t inside;                /* all bits: the block ends inside quotes */
  /* Where the format trims: blanks at the start or the end of a cell. */
  uint64_t leading, trailing;
  bool ends_blank;
  size_t width; /* bytes */
};

/* Reads the block at `base`. `inside`: all bits if it starts inside quotes; `begins`: 1 if a cell
 * starts with it. Returns false for what the rule does not cover: \r without \n, and quotes within
 * unquoted text or followed by it. */
static inline WITH_BLOCKS bool read_block(const struct split *split, size_t base, uint64_t inside,
                                          uint64_t begins, struct block *block) {
  const char *bytes = split->bytes + base;
  const uint64_t delimiters = block_places(bytes, split->delimiter);
  const uint64_t feeds = block_places(bytes, '\n'), returns = block_places(bytes, '\r');
  uint64_t quotes = split->has_quote ? block_places(bytes, split->quote) : 0;
  /* What follows a quote or \r must be in the same block. */
  uint64_t last = ~(quotes | returns);
  if (last == 0)
    return false;
  block->width = 64 - (size_t)__builtin_clzll(last);
  uint64_t within = ~0ull >> (64 - block->width);
  block->marks = (delimiters | feeds) & within;
  block->feeds = feeds & within;
  block->returns = returns & within;
  block->opening = block->doubled = 0;
  block->inside = inside;
  uint64_t blanks = 0;
  if (split->format->trim)
    blanks = (block_places(bytes, ' ') | block_places(bytes, '\t')) & within;
  if ((quotes | inside) != 0) {
    quotes &= within;
    uint64_t quoted =
        block_parity(quotes) ^ inside; /* with the opening quote, without the closing one */
    block->marks &= ~quoted;
    block->feeds &= ~quoted;
    block->returns &= ~quoted;
    block->inside = (uint64_t)((int64_t)(quoted << (64 - block->width)) >> 63);
    uint64_t starts = quotes & quoted, ends = quotes & ~quoted;
    block->doubled = ends & (quotes >> 1);
    block->opening = starts & ~(block->doubled << 1);
    uint64_t stops = (delimiters | feeds | returns) & ~quoted;
    if ((block->opening & ~(block->marks << 1 | begins)) != 0 ||
        (ends & ~block->doubled & ~(stops >> 1)) != 0)
      return false;
  }
  block->leading = blanks & (block->marks << 1 | begins);
  block->trailing = blanks & ((block->marks | block->returns) >> 1);
  block->ends_blank = blanks >> (block->width - 1);
  return (block->returns & ~(block->feeds >> 1)) == 0;
}

/* The bits below the lowest one. */
static inline WITH_BLOCKS uint64_t bits_before(uint64_t bits) { return (bits & -bits) - 1; }

/* The cell that the next mark ends. */
struct open_cell {
  size_t start;
  bool is_quoted;
  bool has_doubled; /* doubled quotes before this block */
};

/* The cells of the block at `base`, which ends at each mark, without their quotes and without \r.
 * Eight at a time are written without a test, so that the number of marks, which differs from block
 * to block, costs no wrong guess. What is written for marks that there are not is not counted. */
static inline WITH_BLOCKS void append_block(uint64_t *cells, size_t base, const struct block *block,
                                            struct open_cell *open) {
  enum { TOGETHER = 8 };
  const uint64_t opening = block->opening, returns = block->returns << 1;
  const uint64_t length_bits = (TABLE_CELL_LENGTH_LIMIT - 1) << TABLE_CELL_OFFSET_BITS;
  uint64_t marks = block->marks, last = 0;
  do {
    /* The place of the mark before each cell, and of the last one. */
    uint64_t places[TOGETHER + 1] = {last};
    for (size_t index = 1; index <= TOGETHER; index++) {
      places[index] = _tzcnt_u64(marks);
      marks &= marks - 1;
    }
    for (size_t index = 0; index < TOGETHER; index++) {
      uint64_t start = places[index] + 1, end = places[index + 1];
      uint64_t is_quoted = opening >> (start & 63) & 1;
      uint64_t length = end - start - 2 * is_quoted - (returns >> (end & 63) & 1);
      cells[index] = is_quoted << 63 | (length << TABLE_CELL_OFFSET_BITS & length_bits) |
                     (base + start + is_quoted);
    }
    if (last == 0) { /* the block's first cell starts at or before it */
      uint64_t is_quoted = open->is_quoted | (opening & 1);
      size_t length =
          base + places[1] - open->start - 2 * is_quoted - (returns >> (places[1] & 63) & 1);
      cells[0] =
          is_quoted << 63 | (uint64_t)length << TABLE_CELL_OFFSET_BITS | (open->start + is_quoted);
    }
    last = places[TOGETHER];
    cells += TOGETHER;
  } while (marks != 0);
  size_t final = 63 - (size_t)__builtin_clzll(block->marks);
  open->start = base + final + 1;
  open->is_quoted = opening >> 1 >> final & 1;
}

/* Whether each record that ends in the block has `columns` cells. `cell` is the index of the
 * block's first cell; `first` that of the first cell of the record, before and after. */
static inline WITH_BLOCKS bool has_whole_records(const struct block *block, size_t columns,
                                                 size_t cell, size_t *first) {
  uint64_t feeds = block->feeds;
  /* Most blocks have one line end or none: without a test, which would often be guessed wrong. */
  size_t past = cell + (size_t)__builtin_popcountll(block->marks & bits_before(feeds)) + 1;
  bool whole = (feeds == 0) | (past - *first == columns);
  *first = feeds != 0 ? past : *first;
  for (feeds &= feeds - 1; feeds != 0; feeds &= feeds - 1) {
    past = cell + (size_t)__builtin_popcountll(block->marks & bits_before(feeds)) + 1;
    whole &= past - *first == columns;
    *first = past;
  }
  return whole;
}

/* Copies what is between the quotes of a cell that starts in the block at `base`, with the doubled
 * quotes as one; returns its length. The bits of `doubled` are the first ones of two. */
static inline WITH_BLOCKS size_t copy_within_block(char *copy, const char *bytes, size_t from,
                                                   size_t to, size_t base, uint64_t doubled) {
  size_t length = 0;
  for (;;) {
    size_t past = doubled != 0 ? base + (size_t)__builtin_ctzll(doubled) + 1 : to;
    for (size_t at = 0; at < past - from; at += 16)
      memcpy(copy + length + at, bytes + from + at, 16);
    length += past - from;
    if (doubled == 0)
      return length;
    from = past + 1;
    doubled &= doubled - 1;
  }
}

/* Makes a cell with doubled quotes a copy. `doubled`: those in the block at `base`. */
static bool copy_quoted(struct split *split, size_t base, uint64_t doubled, uint64_t *cell) {
  struct table_cells *table = split->table;
  size_t from = *cell & (TABLE_CELL_OFFSET_LIMIT - 1);
  size_t to = from + (size_t)(*cell >> TABLE_CELL_OFFSET_BITS & (TABLE_CELL_LENGTH_LIMIT - 1));
  char *copy = table_begin_unescaped(table, to - from, from - 1);
  if (copy == NULL)
    return false;
  size_t length =
      from > base && split->end - to >= 16
          ? copy_within_block(copy, split->bytes, from, to, base, doubled)
          : table_copy_unescaped(copy, split->bytes, from, to, split->end, split->quote);
  table->unescaped_count = (size_t)(copy - table->unescaped) + length;
  *cell = TABLE_CELL_QUOTED | TABLE_CELL_UNESCAPED | (uint64_t)length << TABLE_CELL_OFFSET_BITS |
          (uint64_t)(copy - table->unescaped);
  return true;
}

/* Makes copies of the cells of the block at `base` that have doubled quotes. `cells`: the block's
 * first cell. */
static inline WITH_BLOCKS bool copy_doubled(struct split *split, const struct block *block,
                                            size_t base, uint64_t *cells, struct open_cell *open) {
  uint64_t doubled = block->doubled;
  while (open->has_doubled || doubled != 0) {
    uint64_t ends = open->has_doubled ? block->marks : block->marks & ~bits_before(doubled);
    if (ends == 0)
      break;
    uint64_t before = bits_before(ends);
    if (!copy_quoted(split, base, doubled & before,
                     cells + __builtin_popcountll(block->marks & before)))
      return false;
    open->has_doubled = false;
    doubled &= ~before;
  }
  open->has_doubled |= doubled != 0;
  return true;
}

/* Removes blanks around cells without quotes. */
static void trim_blanks(const char *bytes, uint64_t *cells, size_t count) {
  for (size_t index = 0; index < count; index++) {
    if (cells[index] & TABLE_CELL_QUOTED)
      continue;
    size_t start = cells[index] & (TABLE_CELL_OFFSET_LIMIT - 1);
    size_t end = start + (size_t)(cells[index] >> TABLE_CELL_OFFSET_BITS);
    while (start < end && table_is_blank((unsigned char)bytes[start]))
      start++;
    while (end > start && table_is_blank((unsigned char)bytes[end - 1]))
      end--;
    cells[index] = (uint64_t)(end - start) << TABLE_CELL_OFFSET_BITS | start;
  }
}

/* Whether the cell that reaches into the next block may have a blank at its start, or at its end if
 * it ends with this block; `before`: the same for this block. */
static inline WITH_BLOCKS bool may_begin_blank(const struct block *block, bool before) {
  if (block->marks == 0)
    return before || block->ends_blank || block->leading != 0;
  uint64_t after_last = ~(~0ull >> __builtin_clzll(block->marks));
  return block->ends_blank || (block->leading & after_last) != 0;
}

/* Cuts blocks from the start of a record on, as far as a simple rule covers them: see read_block;
 * and no blank line, no record of another length. A block that is not covered is left as it was,
 * with the record that it interrupts inside quotes. */
WITH_BLOCKS void table_cut_blocks(struct split *split, size_t end, size_t maximum_rows) {
  struct table_cells *table = split->table;
  const size_t columns = table->columns;
  size_t base = split->cell_start, first = split->first_cell;
  struct open_cell open = {.start = base};
  uint64_t inside = 0;
  bool begins_blank = false;
  struct block block;
  while (end - base >= 64 && maximum_rows - table->rows >= 64 &&
         read_block(split, base, inside, base == open.start, &block)) {
    size_t next_first = first, count = table->cell_count;
    if (block.marks != 0) {
      if (base + 64 - open.start >= TABLE_CELL_LENGTH_LIMIT ||
          !table_reserve_cells(table, count + 64) ||
          !has_whole_records(&block, columns, count, &next_first))
        break;
      append_block(table->cells + count, base, &block, &open);
    } else {
      open.is_quoted |= block.opening & 1;
    }
    if (!copy_doubled(split, &block, base, table->cells + count, &open))
      break;
    if (block.leading | block.trailing | begins_blank)
      trim_blanks(split->bytes, table->cells + count, (size_t)__builtin_popcountll(block.marks));
    begins_blank = may_begin_blank(&block, begins_blank);
    if (block.feeds != 0)
      split->record_start = base + 64 - (size_t)__builtin_clzll(block.feeds);
    table->rows += (size_t)__builtin_popcountll(block.feeds);
    table->cell_count = count + (size_t)__builtin_popcountll(block.marks);
    first = next_first;
    inside = block.inside;
    base += block.width;
  }
  split->first_cell = first;
  split->cell_start = open.start;
  split->record_begins = open.start == split->record_start;
  table_read_marks(split, inside ? open.start : base);
}

#endif
