#include "include/image_decoding.h"

#include <errno.h>
#include <png.h>
#include <string.h>
#include <turbojpeg.h>

image_format image_format_of(const uint8_t *bytes, size_t count) {
  static const uint8_t png[] = {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};
  if (count > sizeof png && memcmp(bytes, png, sizeof png) == 0)
    return IMAGE_PNG;
  if (count > 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff)
    return IMAGE_JPEG;
  return IMAGE_UNKNOWN;
}

static int jpeg_size(tjhandle decoder, const uint8_t *bytes, size_t count, uint32_t *height,
                     uint32_t *width) {
  int high = 0, wide = 0, sampling, space;
  if (tjDecompressHeader3(decoder, bytes, count, &wide, &high, &sampling, &space) != 0)
    return IMAGE_BROKEN;
  if (high <= 0 || wide <= 0)
    return IMAGE_BROKEN;
  *height = (uint32_t)high;
  *width = (uint32_t)wide;
  return 0;
}

/* The libraries do not distinguish exhausted memory from a damaged file; the allocation
 * functions do. */
static int told(int result) { return errno == ENOMEM ? IMAGE_NO_MEMORY : result; }

static int claimed_size(const uint8_t *bytes, size_t count, uint32_t *height, uint32_t *width) {
  if (image_format_of(bytes, count) == IMAGE_PNG) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, bytes, count))
      return IMAGE_BROKEN;
    *height = image.height;
    *width = image.width;
    png_image_free(&image);
    return 0;
  }
  tjhandle decoder = tjInitDecompress();
  if (!decoder)
    return IMAGE_BROKEN;
  int result = jpeg_size(decoder, bytes, count, height, width);
  tjDestroy(decoder);
  return result;
}

int image_size(const uint8_t *bytes, size_t count, uint32_t *height, uint32_t *width) {
  errno = 0;
  return told(claimed_size(bytes, count, height, width));
}

static int decode_png(const uint8_t *bytes, size_t count, uint32_t height, uint32_t width,
                      int channels, uint8_t *pixels) {
  png_image image = {.version = PNG_IMAGE_VERSION};
  if (!png_image_begin_read_from_memory(&image, bytes, count))
    return IMAGE_BROKEN;
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_color black = {0, 0, 0};
  if (image.height != height || image.width != width ||
      !png_image_finish_read(&image, &black, pixels, 0, NULL)) {
    png_image_free(&image);
    return IMAGE_BROKEN;
  }
  return 0;
}

static int decode(const uint8_t *bytes, size_t count, uint32_t height, uint32_t width, int channels,
                  uint8_t *pixels) {
  if (image_format_of(bytes, count) == IMAGE_PNG)
    return decode_png(bytes, count, height, width, channels, pixels);
  tjhandle decoder = tjInitDecompress();
  if (!decoder)
    return IMAGE_BROKEN;
  uint32_t high, wide;
  int result = jpeg_size(decoder, bytes, count, &high, &wide);
  if (result == 0 && (high != height || wide != width))
    result = IMAGE_BROKEN;
  if (result == 0 &&
      tjDecompress2(decoder, bytes, count, pixels, (int)width, 0, (int)height,
                    channels == 1 ? TJPF_GRAY : TJPF_RGB, 0) != 0 &&
      tjGetErrorCode(decoder) != TJERR_WARNING)
    result = IMAGE_BROKEN;
  tjDestroy(decoder);
  return result;
}

int image_decode(const uint8_t *bytes, size_t count, uint32_t height, uint32_t width, int channels,
                 uint8_t *pixels) {
  errno = 0;
  return told(decode(bytes, count, height, width, channels, pixels));
}
