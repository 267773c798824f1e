#ifndef TEXT_KERNELS_OLDER_CATEGORIES_H
#define TEXT_KERNELS_OLDER_CATEGORIES_H

#include "character_class.h"

/* Tokenizers' vocabularies were made with the punctuation, marks and controls of Unicode 8;
 * characters that were added or changed since then do not count as these. This function adjusts
 * `class` accordingly: it contains the differences between Unicode 15 and the `tokenizers`
 * library 0.23, found by querying every character. */
uint8_t older_class(int32_t character, uint8_t class);

#endif
