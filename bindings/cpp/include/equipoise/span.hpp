// span.hpp - a view of contiguous values.
#ifndef EQUIPOISE_SPAN_HPP
#define EQUIPOISE_SPAN_HPP

#include <cstddef>
#include <iterator>
#include <type_traits>

namespace equipoise {

/// A view of contiguous values that it does not own, like std::span in C++20 and later.
/// Made from a vector, an array, a std::span, or a pointer and a count.
template <typename Element> class Span {
public:
  constexpr Span() noexcept = default;
  constexpr Span(Element *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <std::size_t count>
  constexpr Span(Element (&array)[count]) noexcept : data_(array), size_(count) {}

  /// From any object with data() and size() whose elements convert to `Element`.
  template <typename Range, typename Pointer = decltype(std::data(std::declval<Range &>())),
            typename = decltype(std::size(std::declval<Range &>())),
            typename = std::enable_if_t<
                std::is_convertible_v<std::remove_pointer_t<Pointer> (*)[], Element (*)[]> &&
                !std::is_array_v<std::remove_reference_t<Range>> &&
                !std::is_same_v<std::decay_t<Range>, Span>>>
  constexpr Span(Range &&range) noexcept : data_(std::data(range)), size_(std::size(range)) {}

  constexpr Element *data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr Element *begin() const noexcept { return data_; }
  constexpr Element *end() const noexcept { return data_ + size_; }
  constexpr Element &operator[](std::size_t index) const noexcept { return data_[index]; }

private:
  Element *data_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace equipoise

#endif
