#ifndef TABLE_KERNELS_TABLE_ENCODING_H
#define TABLE_KERNELS_TABLE_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Encodes raw columns as inputs of a network: row-major (rows, width) floats. */

/* x → ((x or fill) − shift) · inverse_scale at `offset`; with an indicator, followed by 1 if x
 * is missing and 0 otherwise; then, for each of `pieces` intervals between neighbouring `edges`
 * (pieces + 1 of them, ascending), the share of the interval that is below x. */
struct encoded_number {
  double shift, inverse_scale, fill;
  const double *edges;
  int32_t input, offset, pieces;
  bool indicator;
};

/* Category k → index k. One-hot: a 1 at offset + index, zeros elsewhere; as an index: the index
 * itself at offset. An index of -1 gives all zeros. */
struct encoded_category {
  int32_t input, offset, width;
  int32_t limit; /* categories that a raw value can name: 0 ..< limit */
  int32_t missing_place, unseen_place;
  bool is_index;
};

/* Each returns the first row in [from, to) whose result is not finite, or `to`. */
size_t encode_number_f32(const struct encoded_number *number, const float *values,
                         const uint8_t *validity, size_t from, size_t to, size_t width,
                         float *output);
size_t encode_number_f64(const struct encoded_number *number, const double *values,
                         const uint8_t *validity, size_t from, size_t to, size_t width,
                         float *output);
size_t encode_number_i64(const struct encoded_number *number, const int64_t *values,
                         const uint8_t *validity, size_t from, size_t to, size_t width,
                         float *output);

/* places[code] for codes that are not negative. The output must be zero before. */
void encode_category_codes(const struct encoded_category *category, const int32_t *codes,
                           const int32_t *places, size_t from, size_t to, size_t width,
                           float *output);

/* Encodes one row of raw values: a category is given as its number, NaN is missing. Writes every
 * slot. Returns the input whose result is not finite, or -1. */
int32_t encode_feature_row(const struct encoded_number *numbers, size_t number_count,
                           const struct encoded_category *categories, size_t category_count,
                           const float *features, float *output);

/* Writes all slots of one category. */
void encode_place(const struct encoded_category *category, int32_t place, float *output);

#endif
