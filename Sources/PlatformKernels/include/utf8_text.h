#ifndef PLATFORM_KERNELS_UTF8_TEXT_H
#define PLATFORM_KERNELS_UTF8_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text, which may contain NUL bytes, is well-formed UTF-8. */
bool text_is_utf8(const char *text, size_t length);

#endif
