// Runs every test, or those whose claim contains the given text, and counts them.
#include "check.hpp"

#include <exception>

int main(int count, char **arguments) {
  const std::string wanted = count > 1 ? arguments[1] : "";
  int passed = 0;
  int failed = 0;
  for (const Test &test : tests()) {
    if (test.claim.find(wanted) == std::string::npos) {
      continue;
    }
    const int before = failed_checks();
    try {
      test.body();
    } catch (const equipoise::Error &error) {
      ++failed_checks();
      std::printf("threw %s at \"%s\": %s\n", equipoise::status_name(error.status()),
                  error.location().c_str(), error.what());
    } catch (const std::exception &error) {
      ++failed_checks();
      std::printf("threw %s\n", error.what());
    }
    const bool is_good = failed_checks() == before;
    ++(is_good ? passed : failed);
    std::printf("%s  %s\n", is_good ? "ok    " : "FAILED", test.claim.c_str());
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
