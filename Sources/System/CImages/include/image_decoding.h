#ifndef IMAGE_DECODING_H
#define IMAGE_DECODING_H

#include <stddef.h>
#include <stdint.h>

/* PNG (libpng) and JPEG (libjpeg-turbo) in memory. */

typedef enum { IMAGE_UNKNOWN, IMAGE_PNG, IMAGE_JPEG } image_format;

/* The format according to the first bytes. */
image_format image_format_of(const uint8_t *bytes, size_t count);

/* Error codes of the functions. */
enum { IMAGE_BROKEN = -1, IMAGE_NO_MEMORY = -2 };

/* Reads the size in the header; returns 0, IMAGE_BROKEN or IMAGE_NO_MEMORY. */
int image_size(const uint8_t *bytes, size_t count, uint32_t *height, uint32_t *width);

/* Decodes to pixels (height, width, channels), one byte each: 1 channel is gray, 3 are red,
 * green and blue; transparent parts are drawn on black. Returns 0, IMAGE_BROKEN (also if the
 * size differs from the header's), or IMAGE_NO_MEMORY. */
int image_decode(const uint8_t *bytes, size_t count, uint32_t height, uint32_t width, int channels,
                 uint8_t *pixels);

#endif
