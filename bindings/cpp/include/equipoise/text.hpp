// text.hpp - texts passed to and from the C functions.
#ifndef EQUIPOISE_TEXT_HPP
#define EQUIPOISE_TEXT_HPP

#include "equipoise/error.hpp"
#include "equipoise/span.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace equipoise::detail {

struct Release {
  void operator()(void *memory) const noexcept { eqp_free(memory); }
};

/// A text from the library, until it is copied to a string.
using LibraryText = std::unique_ptr<char, Release>;

inline std::string to_string(const LibraryText &text) {
  return text ? std::string(text.get()) : std::string();
}

[[noreturn]] inline void refuse(const std::string &message, const std::string &location) {
  throw Error(Status::invalid_argument, message, location);
}

/// Throws if `text` contains a NUL, at which the C functions would stop reading.
inline void require_no_nul(std::string_view text, const char *name) {
  if (text.find('\0') != std::string_view::npos) {
    refuse(std::string(name) + " holds a NUL character; text without one is accepted", name);
  }
}

/// A view as a NUL-terminated text, during one call.
class Text {
public:
  Text(std::string_view text, const char *name) : copy_(text) { require_no_nul(text, name); }
  const char *get() const noexcept { return copy_.c_str(); }

private:
  std::string copy_;
};

template <typename Type> struct IsOptional : std::false_type {};
template <typename Type> struct IsOptional<std::optional<Type>> : std::true_type {};

/// A range of texts as C's array of pointers, during one call. Elements are
/// std::string, std::string_view, const char * or a std::optional of these; an empty optional or
/// a null pointer is a missing value.
class TextArray {
public:
  template <typename Range> TextArray(const Range &texts, const char *name) {
    // Offsets first: the block of characters moves while it grows.
    std::vector<std::size_t> offsets;
    for (const auto &text : texts) {
      offsets.push_back(append(text, name));
    }
    pointers_.reserve(offsets.size());
    for (const std::size_t offset : offsets) {
      pointers_.push_back(offset == missing ? nullptr : characters_.data() + offset);
    }
  }

  const char *const *data() const noexcept { return pointers_.data(); }
  std::size_t size() const noexcept { return pointers_.size(); }

private:
  static constexpr std::size_t missing = static_cast<std::size_t>(-1);

  template <typename Element> std::size_t append(const Element &text, const char *name) {
    if constexpr (IsOptional<Element>::value) {
      return text ? append(*text, name) : missing;
    } else if constexpr (std::is_pointer_v<Element>) {
      return text != nullptr ? append(std::string_view(text), name) : missing;
    } else {
      const std::string_view view = text;
      require_no_nul(view, name);
      const std::size_t offset = characters_.size();
      characters_.append(view);
      characters_.push_back('\0');
      return offset;
    }
  }

  std::string characters_;
  std::vector<const char *> pointers_;
};

} // namespace equipoise::detail

#endif
