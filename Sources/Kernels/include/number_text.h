#ifndef KERNELS_NUMBER_TEXT_H
#define KERNELS_NUMBER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers from text that is not NUL-terminated, whatever the host's locale. The whole text
 * must be the number: no blanks, no thousands separators. */

/* [+-] digits, within int64. */
bool integer_from_text(const char *text, size_t length, int64_t *value);

/* [+-] digits [. digits] [e [+-] digits], or inf, infinity, nan in any case; correctly rounded
 * to nearest, ties to even. */
bool double_from_text(const char *text, size_t length, double *value);

#endif
