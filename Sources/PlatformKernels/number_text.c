#include "number_text.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const uint64_t digit_powers[9] = {1,      10,      100,      1000,     10000,
                                         100000, 1000000, 10000000, 100000000};

/* Reads digits from `at` on, at most up to `end`, and appends them to *digits; returns the first
 * byte that is not a digit. Up to eight at a time: '0' is subtracted from the bytes, those after
 * the digits are shifted out, and neighbours are combined (tens and ones, hundreds, ten
 * thousands). */
static inline const char *read_digits(const char *at, const char *end, const char *limit,
                                      uint64_t *digits) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  while (at < end && limit - at >= 8) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    word ^= 0x3030303030303030ull;
    /* Sets the highest bit of each byte above 9; a carry only affects later bytes. */
    uint64_t others = ((word + 0x7676767676767676ull) | word) & 0x8080808080808080ull;
    unsigned count = others ? (unsigned)__builtin_ctzll(others) >> 3 : 8;
    if ((unsigned)count > (size_t)(end - at))
      count = (unsigned)(end - at);
    if (count == 0)
      return at;
    word <<= 8 * (8 - count);
    word = word * 10 + (word >> 8);
    word = ((word & 0x000000ff000000ffull) * 0x000f424000000064ull +
            ((word >> 16) & 0x000000ff000000ffull) * 0x0000271000000001ull) >>
           32;
    *digits = *digits * digit_powers[count] + (uint32_t)word;
    at += count;
    if (count < 8)
      return at;
  }
#endif
  for (; at < end; at++) {
    unsigned digit = (unsigned)(unsigned char)*at - '0';
    if (digit > 9)
      break;
    *digits = *digits * 10 + digit;
  }
  return at;
}

bool integer_from_text(const char *text, size_t length, size_t readable, int64_t *value) {
  const char *at = text, *end = text + length;
  bool negative = length > 0 && *at == '-';
  at += negative | (length > 0 && *at == '+');
  if (at == end)
    return false;
  uint64_t magnitude = 0;
  if (end - at <= 18) {
    if (read_digits(at, end, text + readable, &magnitude) != end)
      return false;
    *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
  }
  for (; at < end; at++) {
    unsigned digit = (unsigned)(unsigned char)*at - '0';
    if (digit > 9)
      return false;
    if (__builtin_mul_overflow(magnitude, (uint64_t)10, &magnitude) ||
        __builtin_add_overflow(magnitude, (uint64_t)digit, &magnitude))
      return false;
  }
  if (magnitude > (uint64_t)INT64_MAX + negative)
    return false;
  *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
  return true;
}

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static void make_c_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

/* The text's syntax must be valid. */
__attribute__((noinline)) static bool slow_double(const char *text, size_t length, double *value) {
  char small[128], *copy = small;
  pthread_once(&c_locale_once, make_c_locale);
  if (c_locale == (locale_t)0)
    return false;
  if (length >= sizeof small && (copy = malloc(length + 1)) == NULL)
    return false;
  memcpy(copy, text, length);
  copy[length] = 0;
  char *end = NULL;
  *value = strtod_l(copy, &end, c_locale);
  bool whole = end == copy + length;
  if (copy != small)
    free(copy);
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

static const double exact_powers[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* reciprocals[k - 1] = floor(2^(63 + L) / 5^k), where L is the bit length of 5^k: 64 bits with
 * the highest set. */
static const uint64_t reciprocals[27] = {
    0xccccccccccccccccull, 0xa3d70a3d70a3d70aull, 0x83126e978d4fdf3bull, 0xd1b71758e219652bull,
    0xa7c5ac471b478423ull, 0x8637bd05af6c69b5ull, 0xd6bf94d5e57a42bcull, 0xabcc77118461cefcull,
    0x89705f4136b4a597ull, 0xdbe6fecebdedd5beull, 0xafebff0bcb24aafeull, 0x8cbccc096f5088cbull,
    0xe12e13424bb40e13ull, 0xb424dc35095cd80full, 0x901d7cf73ab0acd9ull, 0xe69594bec44de15bull,
    0xb877aa3236a4b449ull, 0x9392ee8e921d5d07ull, 0xec1e4a7db69561a5ull, 0xbce5086492111aeaull,
    0x971da05074da7beeull, 0xf1c90080baf72cb1ull, 0xc16d9a0095928a27ull, 0x9abe14cd44753b52ull,
    0xf79687aed3eec551ull, 0xc612062576589ddaull, 0x9e74d1b791e07e48ull};

/* digits / 10^k by one product of 64 by 64 bits: the idea of Lemire, "Number parsing at a
 * gigabyte per second" (2021), section 5, limited to the exponents that tables have.
 *
 * With both factors normalized, product / 2^64 is below the exact value by less than 1. The bits
 * after the 53 of the mantissa determine the rounding, unless they are half a unit or slightly
 * less, where the truncated part decides. Then this returns false, and the caller uses the slow
 * method. */
static inline bool reciprocal_double(uint64_t digits, int64_t k, double *value) {
  int zeros = __builtin_clzll(digits);
  unsigned __int128 product = (unsigned __int128)(digits << zeros) * reciprocals[k - 1];
  uint64_t high = (uint64_t)(product >> 64);
  int top = (int)(high >> 63);
  int cut = 10 + top;
  uint64_t rest = high & ((1ull << cut) - 1), half = 1ull << (cut - 1);
  if (rest == half || rest == half - 1)
    return false;
  double mantissa = (double)((high >> cut) + (rest > half));
  /* L = floor(k · log2 5) + 1; 2.3219280 is accurate enough for k up to 27. */
  int bits = (int)(k * 23219280 / 10000000) + 1;
  uint64_t power = (uint64_t)(1023 + cut + 1 - zeros - bits - (int)k) << 52;
  double scale;
  memcpy(&scale, &power, sizeof scale);
  *value = mantissa * scale;
  return true;
}

static inline double with_sign(double value, bool negative) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits |= (uint64_t)negative << 63;
  memcpy(&value, &bits, sizeof value);
  return value;
}

bool double_from_text(const char *text, size_t length, size_t readable, double *value) {
  const char *at = text, *end = text + length, *limit = text + readable;
  /* Signs are unpredictable, so no branch depends on them. */
  bool negative = length > 0 && *at == '-';
  at += negative | (length > 0 && *at == '+');
  if (at == end)
    return false;
  if ((unsigned)(unsigned char)*at - '0' > 9 && *at != '.')
    return special_double(at, (size_t)(end - at), negative, value);
  uint64_t digits = 0;
  const char *whole = at;
  at = read_digits(at, end, limit, &digits);
  int64_t digit_count = at - whole, exponent = 0;
  if (at < end && *at == '.') {
    const char *fraction = ++at;
    at = read_digits(at, end, limit, &digits);
    exponent = -(at - fraction);
    digit_count += at - fraction;
  }
  if (digit_count == 0)
    return false;
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    bool negative_exponent = false;
    if (at < end && (*at == '-' || *at == '+'))
      negative_exponent = *at++ == '-';
    if (at == end)
      return false;
    int64_t power = 0;
    for (; at < end; at++) {
      unsigned digit = (unsigned)(unsigned char)*at - '0';
      if (digit > 9)
        return false;
      if (power < 1000000)
        power = power * 10 + digit;
    }
    exponent += negative_exponent ? -power : power;
  }
  if (at != end)
    return false;
  /* With up to 19 digits, `digits` did not overflow; leading zeros do not change this. */
  if (digit_count <= 19) {
    if (digits < 1ull << 53 && exponent >= -22 && exponent <= 22) {
      double result = (double)digits;
      result = exponent < 0 ? result / exact_powers[-exponent] : result * exact_powers[exponent];
      *value = with_sign(result, negative);
      return true;
    }
    double result;
    if (exponent < 0 && exponent >= -27 && digits != 0 &&
        reciprocal_double(digits, -exponent, &result)) {
      *value = with_sign(result, negative);
      return true;
    }
  }
  return slow_double(text, length, value);
}
