// validity.hpp - which values of a column are present.
#ifndef EQUIPOISE_VALIDITY_HPP
#define EQUIPOISE_VALIDITY_HPP

#include "equipoise/span.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace equipoise {

/// Bits in Arrow's order: bit i, least significant first, says whether row i has a value.
/// If it is empty, every row has one.
using Validity = std::vector<std::uint8_t>;

/// Packs a range of booleans, one for each row.
template <typename Flags> Validity pack_validity(const Flags &present) {
  Validity bits;
  std::size_t row = 0;
  for (const bool is_present : present) {
    if (row % 8 == 0) {
      bits.push_back(0);
    }
    if (is_present) {
      bits.back() = static_cast<std::uint8_t>(bits.back() | (1U << (row % 8)));
    }
    ++row;
  }
  return bits;
}

namespace detail {

/// Splits optional values into the values (zero for missing ones) and their validity.
template <typename Number> struct PackedOptionals {
  explicit PackedOptionals(Span<const std::optional<Number>> optionals) {
    values.reserve(optionals.size());
    std::vector<bool> present;
    present.reserve(optionals.size());
    for (const auto &optional : optionals) {
      values.push_back(optional.value_or(Number{}));
      present.push_back(optional.has_value());
    }
    validity = pack_validity(present);
  }

  std::vector<Number> values;
  Validity validity;
};

} // namespace detail
} // namespace equipoise

#endif
