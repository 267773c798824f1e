// files.hpp - reads and writes whole text files.
#ifndef EQUIPOISE_EXAMPLES_FILES_HPP
#define EQUIPOISE_EXAMPLES_FILES_HPP

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

inline std::string read_text(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error(path + " cannot be read");
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void write_text(const std::string &path, const std::string &text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) {
    throw std::runtime_error(path + " cannot be written");
  }
}

#endif
