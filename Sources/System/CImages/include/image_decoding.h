#ifndef IMAGE_DECODING_H
#define IMAGE_DECODING_H

#include <stddef.h>
#include <stdint.h>

/* PNG (libpng) and JPEG (libjpeg-turbo) in memory. */

typedef enum { IMAGE_UNKNOWN, IMAGE_PNG, IMAGE_JPEG } image_format;

/* What the first bytes say. */
image_format image_format_of(const uint8_t *bytes, size_t count);

/* What a function gives that does not succeed. */
enum { IMAGE_BROKEN = -1, IMAGE_NO_MEMORY = -2 };

/* The size that the file claims; 0, IMAGE_BROKEN or IMAGE_NO_MEMORY. */
int image_size(const uint8_t *bytes, size_t count, uint32_t *height, uint32_t *width);

/* Pixels (height, width, channels), one byte each: 1 channel is gray, 3 are red, green and blue;
 * transparent parts are on black. 0, IMAGE_BROKEN, also for another size than claimed, or
 * IMAGE_NO_MEMORY. */
int image_decode(const uint8_t *bytes, size_t count, uint32_t height, uint32_t width, int channels,
                 uint8_t *pixels);

#endif
