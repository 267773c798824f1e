#ifndef KERNELS_OLDER_CATEGORIES_H
#define KERNELS_OLDER_CATEGORIES_H

#include "character_class.h"

/* Vocabularies were made with rules that know the punctuation, marks and controls of Unicode 8, so
 * that characters that came or changed since then are none. This is `class` as they have it: the
 * differences between Unicode 15 and the `tokenizers` library 0.23, found by asking it about every
 * character. */
uint8_t older_class(int32_t character, uint8_t class);

#endif
