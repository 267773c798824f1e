#ifndef PLATFORM_KERNELS_NUMBER_TEXT_H
#define PLATFORM_KERNELS_NUMBER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parses numbers from text that is not NUL-terminated, independent of the locale. The whole text
 * must be the number, without spaces or thousands separators. `readable` bytes from `text` on
 * may be read, at least `length`; with eight more, digits are read in one step. */

/* [+-] digits, within int64. */
bool integer_from_text(const char *text, size_t length, size_t readable, int64_t *value);

/* [+-] digits [. digits] [e [+-] digits], or inf, infinity, nan in any case; correctly rounded
 * to nearest, ties to even. */
bool double_from_text(const char *text, size_t length, size_t readable, double *value);

#endif
