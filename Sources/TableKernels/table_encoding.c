#include "table_encoding.h"

#include <math.h>
#include <string.h>

static inline bool encode_one(const struct encoded_number *number, double value, bool missing,
                              float *output) {
  double present = missing ? number->fill : value;
  float encoded = (float)((present - number->shift) * number->inverse_scale);
  output += number->offset;
  *output++ = encoded;
  if (number->indicator)
    *output++ = missing ? 1.0f : 0.0f;
  for (int32_t piece = 0; piece < number->pieces; piece++) {
    double low = number->edges[piece], high = number->edges[piece + 1];
    double share = (present - low) / (high - low);
    output[piece] = (float)(share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share);
  }
  return isfinite(encoded);
}

#define ENCODE_NUMBERS(name, type)                                                                 \
  size_t name(const struct encoded_number *number, const type *values, const uint8_t *validity,    \
              size_t from, size_t to, size_t width, float *output) {                               \
    for (size_t row = from; row < to; row++) {                                                     \
      double value = (double)values[row];                                                          \
      bool missing = isnan(value) || (validity != NULL && !(validity[row >> 3] >> (row & 7) & 1)); \
      if (!encode_one(number, value, missing, output + row * width))                               \
        return row;                                                                                \
    }                                                                                              \
    return to;                                                                                     \
  }

ENCODE_NUMBERS(encode_number_f32, float)
ENCODE_NUMBERS(encode_number_f64, double)
ENCODE_NUMBERS(encode_number_i64, int64_t)

static inline void set_place(const struct encoded_category *category, int32_t place,
                             float *output) {
  if (category->is_index)
    output[category->offset] = (float)place;
  else if (place >= 0)
    output[category->offset + place] = 1.0f;
}

void encode_place(const struct encoded_category *category, int32_t place, float *output) {
  memset(output + category->offset, 0, (size_t)category->width * sizeof *output);
  set_place(category, place, output);
}

void encode_category_codes(const struct encoded_category *category, const int32_t *codes,
                           const int32_t *places, size_t from, size_t to, size_t width,
                           float *output) {
  for (size_t row = from; row < to; row++) {
    int32_t code = codes[row];
    set_place(category, code < 0 ? category->missing_place : places[code], output + row * width);
  }
}

int32_t encode_feature_row(const struct encoded_number *numbers, size_t number_count,
                           const struct encoded_category *categories, size_t category_count,
                           const float *features, float *output) {
  int32_t fault = -1;
  for (size_t index = 0; index < number_count; index++) {
    double value = features[numbers[index].input];
    if (!encode_one(&numbers[index], value, isnan(value), output))
      fault = numbers[index].input;
  }
  for (size_t index = 0; index < category_count; index++) {
    const struct encoded_category *category = &categories[index];
    float value = features[category->input];
    int32_t place = category->unseen_place;
    if (isnan(value)) {
      place = category->missing_place;
    } else if (value >= 0 && value < (float)category->limit) {
      int32_t number = (int32_t)value;
      if ((float)number == value)
        place = number;
    }
    encode_place(category, place, output);
  }
  return fault;
}
