#include "lazy_updates.h"
#include "vector_code.h"

#include <string.h>

/* Whether any value is not zero, of either sign; NaN is not zero. */
static inline __attribute__((always_inline)) uint8_t has_other_than_zero(const float *values) {
  uint32_t bits[LAZY_BLOCK], any = 0;
  memcpy(bits, values, sizeof bits);
  for (size_t i = 0; i < LAZY_BLOCK; i++)
    any |= bits[i] << 1;
  return any != 0;
}

VECTOR_CODE
size_t lazy_run(const float *gradients, uint8_t *touched, size_t from, size_t blocks, size_t *end) {
  size_t block = from, first = blocks;
  for (; block < blocks; block++) {
    if (!touched[block])
      touched[block] = has_other_than_zero(gradients + block * LAZY_BLOCK);
    if (touched[block] && first == blocks)
      first = block;
    if (!touched[block] && first < blocks)
      break;
  }
  *end = block;
  return first;
}

VECTOR_CODE
void lazy_note(const float *values, uint8_t *touched, size_t blocks) {
  for (size_t block = 0; block < blocks; block++)
    touched[block] |= has_other_than_zero(values + block * LAZY_BLOCK);
}
