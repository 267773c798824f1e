// Audits any system from a table with its decisions or scores, without a model.
//
//   audit_decisions DECISIONS.csv AUDIT.json
//
// The configuration names the columns: {"data": {"label": "repaid", "prediction": "decision",
// "score": "risk", "sensitive": ["sex"]}}. Prints the fairness measures of each attribute.
#include "files.hpp"
#include "json.hpp"

#include <equipoise/equipoise.hpp>

#include <cstdio>
#include <exception>

int main(int count, char **arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: audit_decisions DECISIONS.csv AUDIT.json\n");
    return 2;
  }
  try {
    const auto decisions = equipoise::Dataset::open(arguments[1]);
    const Json report = Json::parse(equipoise::audit(decisions, read_text(arguments[2])));
    for (const auto &[name, value] : report["overall"].members()) {
      std::printf("%-46s %8.4f\n", name.c_str(), value.number());
    }
    for (const auto &member : report["attributes"].members()) {
      std::printf("\nby %s\n", member.second["attribute"].text().c_str());
      for (const auto &[name, value] : member.second["fairness"].members()) {
        std::printf("  %-44s %8.4f\n", name.c_str(), value.number());
      }
    }
    return 0;
  } catch (const equipoise::Error &error) {
    std::fprintf(stderr, "%s: %s\n", error.location().c_str(), error.what());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 1;
}
