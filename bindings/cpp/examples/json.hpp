// json.hpp - a small reader of JSON, enough for the reports that the examples print. Programs use
// the JSON library that they have.
#ifndef EQUIPOISE_EXAMPLES_JSON_HPP
#define EQUIPOISE_EXAMPLES_JSON_HPP

#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A JSON value. A missing value is empty: its number is NaN and its text is "".
class Json {
public:
  using Member = std::pair<std::string, Json>;

  static Json parse(std::string_view text) {
    Reader reader{text, 0};
    Json value = reader.value(0);
    reader.skip_blanks();
    if (reader.place != text.size()) {
      reader.refuse();
    }
    return value;
  }

  const Json &operator[](std::string_view key) const {
    static const Json absent;
    for (const Member &member : members_) {
      if (member.first == key) {
        return member.second;
      }
    }
    return absent;
  }
  /// The members of an object; the elements of an array have the name "".
  const std::vector<Member> &members() const { return members_; }
  double number() const { return number_; }
  const std::string &text() const { return text_; }

private:
  struct Reader {
    std::string_view text;
    std::size_t place;

    [[noreturn]] void refuse() const {
      throw std::runtime_error("no JSON at character " + std::to_string(place));
    }
    void skip_blanks() {
      while (place < text.size() && std::isspace(static_cast<unsigned char>(text[place])) != 0) {
        ++place;
      }
    }
    char peek() {
      skip_blanks();
      if (place >= text.size()) {
        refuse();
      }
      return text[place];
    }
    bool take(char wanted) {
      const bool is_there = peek() == wanted;
      place += is_there ? 1 : 0;
      return is_there;
    }

    Json value(int depth) {
      if (depth > 100) {
        refuse(); // no report is that deep, and the stack is not endless
      }
      Json json;
      if (take('{')) {
        json.members_ = items('}', [&] {
          std::string name = string();
          if (!take(':')) {
            refuse();
          }
          return Member(std::move(name), value(depth + 1));
        });
      } else if (take('[')) {
        json.members_ = items(']', [&] { return Member(std::string(), value(depth + 1)); });
      } else if (peek() == '"') {
        json.text_ = string();
      } else {
        const std::size_t end = text.find_first_of(",]} \t\r\n", place);
        const std::string word(text.substr(place, end - place));
        place += word.size();
        if (word != "null" && word != "true" && word != "false") {
          char *rest = nullptr;
          json.number_ = std::strtod(word.c_str(), &rest);
          if (word.empty() || *rest != '\0') {
            refuse();
          }
        }
      }
      return json;
    }

    template <typename Item> std::vector<Member> items(char close, Item item) {
      std::vector<Member> all;
      if (take(close)) {
        return all;
      }
      do {
        all.push_back(item());
      } while (take(','));
      if (!take(close)) {
        refuse();
      }
      return all;
    }

    // \u escapes are not decoded, because the examples do not need them.
    std::string string() {
      if (!take('"')) {
        refuse();
      }
      std::string read;
      while (place < text.size() && text[place] != '"') {
        if (text[place] == '\\' && place + 1 < text.size() && text[place + 1] != 'u') {
          ++place;
          const char letter = text[place++];
          read.push_back(letter == 'n' ? '\n' : letter == 't' ? '\t' : letter);
        } else {
          read.push_back(text[place++]);
        }
      }
      if (!take('"')) {
        refuse();
      }
      return read;
    }
  };

  std::vector<Member> members_;
  double number_ = std::nan("");
  std::string text_;
};

#endif
