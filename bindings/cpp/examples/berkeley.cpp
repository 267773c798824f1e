// The graduate admissions of Berkeley in autumn 1973: people's decisions, audited without a model,
// from rows in this program's memory.
//
// Taken together, women were admitted much less often than men; within four of the six largest
// departments they were admitted more often: Simpson's paradox. The counts are those of Bickel,
// Hammel and O'Connell, "Sex Bias in Graduate Admissions", Science 187 (4175), 1975.
#include "json.hpp"

#include <equipoise/equipoise.hpp>

#include <cstdio>
#include <exception>

namespace {

struct Count {
  const char *department;
  const char *sex;
  std::size_t admitted, rejected;
};

const Count counts[] = {
    {"A", "male", 512, 313},  {"A", "female", 89, 19},   {"B", "male", 353, 207},
    {"B", "female", 17, 8},   {"C", "male", 120, 205},   {"C", "female", 202, 391},
    {"D", "male", 138, 279},  {"D", "female", 131, 244}, {"E", "male", 53, 138},
    {"E", "female", 94, 299}, {"F", "male", 22, 351},    {"F", "female", 24, 317},
};

const char *const config = R"({
  "data": {"label": "admitted", "prediction": "admitted", "positive": "yes",
           "sensitive": ["sex", "department"]},
  "by": ["sex", ["department", "sex"]], "metrics": ["count", "selection_rate"]})";

// One row for each application.
equipoise::Dataset applications() {
  std::vector<const char *> departments;
  std::vector<const char *> sexes;
  std::vector<const char *> decisions;
  for (const Count &count : counts) {
    const std::size_t all = count.admitted + count.rejected;
    departments.insert(departments.end(), all, count.department);
    sexes.insert(sexes.end(), all, count.sex);
    decisions.insert(decisions.end(), count.admitted, "yes");
    decisions.insert(decisions.end(), count.rejected, "no");
  }
  equipoise::Dataset rows(static_cast<std::int64_t>(decisions.size()));
  rows.add_text("department", departments).add_text("sex", sexes).add_text("admitted", decisions);
  return rows;
}

} // namespace

int main() {
  try {
    const auto rows = applications();
    const Json report = Json::parse(equipoise::audit(rows, config));
    std::printf("Berkeley 1973, %lld applications\n", static_cast<long long>(rows.rows()));
    for (const auto &member : report["attributes"].members()) {
      const Json &attribute = member.second;
      std::printf("\nBy %s:\n", attribute["attribute"].text().c_str());
      for (const auto &element : attribute["groups"].members()) {
        const Json &group = element.second;
        std::printf("  %-12s %5.0f applied  %5.1f%% admitted\n", group["group"].text().c_str(),
                    group["count"].number(), 100 * group["metrics"]["selection_rate"].number());
      }
      std::printf("  demographic parity difference %.3f\n",
                  attribute["fairness"]["demographic_parity_difference"].number());
    }
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
