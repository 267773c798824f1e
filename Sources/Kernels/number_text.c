#include "number_text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool integer_from_text(const char *text, size_t length, int64_t *value) {
  const char *at = text, *end = text + length;
  bool negative = false;
  if (at < end && (*at == '-' || *at == '+')) negative = *at++ == '-';
  if (at == end) return false;
  uint64_t magnitude = 0;
  if (end - at <= 18) {
    for (; at < end; at++) {
      unsigned digit = (unsigned)(unsigned char)*at - '0';
      if (digit > 9) return false;
      magnitude = magnitude * 10 + digit;
    }
    *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
  }
  for (; at < end; at++) {
    unsigned digit = (unsigned)(unsigned char)*at - '0';
    if (digit > 9) return false;
    if (__builtin_mul_overflow(magnitude, (uint64_t)10, &magnitude) ||
        __builtin_add_overflow(magnitude, (uint64_t)digit, &magnitude))
      return false;
  }
  if (magnitude > (uint64_t)INT64_MAX + negative) return false;
  *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
  return true;
}

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static void make_c_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

/* The text's syntax is known to be right. */
static bool slow_double(const char *text, size_t length, double *value) {
  char small[128], *copy = small;
  pthread_once(&c_locale_once, make_c_locale);
  if (c_locale == (locale_t)0) return false;
  if (length >= sizeof small && (copy = malloc(length + 1)) == NULL) return false;
  memcpy(copy, text, length);
  copy[length] = 0;
  char *end = NULL;
  *value = strtod_l(copy, &end, c_locale);
  bool whole = end == copy + length;
  if (copy != small) free(copy);
  return whole;
}

static bool special_double(const char *text, size_t length, bool negative, double *value) {
  double special;
  if ((length == 3 && strncasecmp(text, "inf", 3) == 0) ||
      (length == 8 && strncasecmp(text, "infinity", 8) == 0))
    special = INFINITY;
  else if (length == 3 && strncasecmp(text, "nan", 3) == 0)
    special = NAN;
  else
    return false;
  *value = negative ? -special : special;
  return true;
}

/* Eight digits at once: each byte minus '0', then neighbours joined (tens and ones, hundreds,
 * ten thousands). Little-endian. */
static inline bool eight_digits(const char *text, uint32_t *value) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint64_t word;
  memcpy(&word, text, sizeof word);
  uint64_t below = word - 0x3030303030303030ull, above = word + 0x4646464646464646ull;
  if ((below | above) & 0x8080808080808080ull) return false;
  word = below * 10 + (below >> 8);
  word = ((word & 0x000000ff000000ffull) * 0x000f424000000064ull +
          ((word >> 16) & 0x000000ff000000ffull) * 0x0000271000000001ull) >>
         32;
  *value = (uint32_t)word;
  return true;
#else
  (void)text;
  (void)value;
  return false;
#endif
}

static inline const char *read_digits(const char *at, const char *end, uint64_t *digits) {
  uint32_t eight;
  while (end - at >= 8 && eight_digits(at, &eight)) {
    *digits = *digits * 100000000u + eight;
    at += 8;
  }
  for (; at < end; at++) {
    unsigned digit = (unsigned)(unsigned char)*at - '0';
    if (digit > 9) break;
    *digits = *digits * 10 + digit;
  }
  return at;
}

static const double exact_powers[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#if LDBL_MANT_DIG == 64
/* 10^27 = 2^27 · 5^27 and 5^27 < 2^64: all are exact in 64 bits of mantissa. */
static const long double extended_powers[28] = {
    1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
    1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
    1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

/* Both operands are exact, so the 64-bit result is correctly rounded; rounding it again to 53
 * bits is right unless it lies exactly half way, where the first rounding may have put it. */
static bool extended_double(uint64_t digits, int64_t exponent, double *value) {
  long double wide = (long double)digits;
  wide = exponent < 0 ? wide / extended_powers[-exponent] : wide * extended_powers[exponent];
  uint64_t mantissa;
  memcpy(&mantissa, &wide, sizeof mantissa);
  if ((mantissa & 0x7ff) == 0x400) return false;
  *value = (double)wide;
  return true;
}
#endif

bool double_from_text(const char *text, size_t length, double *value) {
  const char *at = text, *end = text + length;
  bool negative = false;
  if (at < end && (*at == '-' || *at == '+')) negative = *at++ == '-';
  if (at == end) return false;
  if ((unsigned)(unsigned char)*at - '0' > 9 && *at != '.')
    return special_double(at, (size_t)(end - at), negative, value);
  uint64_t digits = 0;
  const char *whole = at;
  at = read_digits(at, end, &digits);
  int64_t digit_count = at - whole, exponent = 0;
  if (at < end && *at == '.') {
    const char *fraction = ++at;
    at = read_digits(at, end, &digits);
    exponent = -(at - fraction);
    digit_count += at - fraction;
  }
  if (digit_count == 0) return false;
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    bool negative_exponent = false;
    if (at < end && (*at == '-' || *at == '+')) negative_exponent = *at++ == '-';
    if (at == end) return false;
    int64_t power = 0;
    for (; at < end; at++) {
      unsigned digit = (unsigned)(unsigned char)*at - '0';
      if (digit > 9) return false;
      if (power < 1000000) power = power * 10 + digit;
    }
    exponent += negative_exponent ? -power : power;
  }
  if (at != end) return false;
  /* Up to 19 digits, `digits` did not wrap around; leading zeros only make that safer. */
  if (digit_count <= 19) {
    if (digits < 1ull << 53 && exponent >= -22 && exponent <= 22) {
      double result = (double)digits;
      result = exponent < 0 ? result / exact_powers[-exponent] : result * exact_powers[exponent];
      *value = negative ? -result : result;
      return true;
    }
#if LDBL_MANT_DIG == 64
    double result;
    if (exponent >= -27 && exponent <= 27 && extended_double(digits, exponent, &result)) {
      *value = negative ? -result : result;
      return true;
    }
#endif
  }
  return slow_double(text, length, value);
}
