// check.hpp - counted checks: a failed one is printed, and the test continues.
#ifndef EQUIPOISE_TESTS_CHECK_HPP
#define EQUIPOISE_TESTS_CHECK_HPP

#include "equipoise/equipoise.hpp"

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

struct Test {
  std::string claim;
  std::function<void()> body;
};

inline std::vector<Test> &tests() {
  static std::vector<Test> all;
  return all;
}

inline int &failed_checks() {
  static int count = 0;
  return count;
}

struct Registration {
  Registration(std::string claim, std::function<void()> body) {
    tests().push_back({std::move(claim), std::move(body)});
  }
};

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// TEST("what holds") { ... }
#define TEST(claim)                                                                                \
  static void JOIN(test_, __LINE__)();                                                             \
  static const Registration JOIN(registration_, __LINE__)(claim, &JOIN(test_, __LINE__));          \
  static void JOIN(test_, __LINE__)()

inline void check(bool holds, const char *text, const char *file, int line) {
  if (!holds) {
    ++failed_checks();
    std::printf("%s:%d: does not hold: %s\n", file, line, text);
  }
}

#define CHECK(condition) check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

// The Error that `work` throws; if it throws none, the check fails and the Error has the status ok.
template <typename Work> equipoise::Error thrown_by(Work work, const char *file, int line) {
  try {
    work();
  } catch (const equipoise::Error &error) {
    return error;
  }
  check(false, "an Error is thrown", file, line);
  return equipoise::Error(equipoise::Status::ok, "", "");
}

#define THROWN_BY(expression) thrown_by([&] { (void)(expression); }, __FILE__, __LINE__)

#endif
