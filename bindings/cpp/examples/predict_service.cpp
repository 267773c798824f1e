// A service that scores rows: one line of numbers in, one line with a score out, without allocation
// per row.
//
//   predict_service MODEL < ROWS
//
// A line of ROWS has the model's inputs in its order, separated by blanks. The answer to an invalid
// row is the reason, and the service continues.
#include <equipoise/equipoise.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

namespace {

// Writes the numbers of a line to `features`, whose memory is reused; false if one is not a number.
bool read_row(const std::string &line, std::vector<float> &features) {
  features.clear();
  const char *place = line.c_str();
  for (;;) {
    char *end = nullptr;
    const float number = std::strtof(place, &end);
    if (end == place) {
      break;
    }
    features.push_back(number);
    place = end;
  }
  return std::string_view(place).find_first_not_of(" \t\r") == std::string_view::npos;
}

} // namespace

int main(int count, char **arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: predict_service MODEL < ROWS\n");
    return 2;
  }
  try {
    const auto model = equipoise::Model::load(arguments[1]);
    std::string line;
    std::vector<float> features;
    float score = 0;
    while (std::getline(std::cin, line)) {
      if (!read_row(line, features)) {
        std::printf("error: the row holds something that is no number\n");
        std::fflush(stdout);
        continue;
      }
      try {
        model.predict_into(features, equipoise::Span<float>(&score, 1));
        std::printf("%.6f\n", static_cast<double>(score));
      } catch (const equipoise::Error &error) {
        std::printf("error: %s\n", error.what());
      }
      std::fflush(stdout); // the client is waiting
    }
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
