// loans.hpp - a small table with a bias, and configurations that fit it.
#ifndef EQUIPOISE_TESTS_LOANS_HPP
#define EQUIPOISE_TESTS_LOANS_HPP

#include "equipoise/equipoise.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

// Rows with the inputs income and debt, the group "a" or "b" and the label repaid. Income decides,
// and group "a" has more of it, so that a model fitted to it selects "a" more often.
inline equipoise::Dataset loans(std::size_t rows = 600) {
  std::vector<float> income;
  std::vector<double> debt;
  std::vector<std::string> group;
  std::vector<std::int64_t> repaid;
  std::uint32_t state = 1; // a linear congruential generator (Numerical Recipes, chapter 7.1)
  const auto uniform = [&state] {
    state = state * 1664525U + 1013904223U;
    return static_cast<double>(state >> 8) / 16777216.0;
  };
  for (std::size_t row = 0; row < rows; ++row) {
    const bool is_a = uniform() < 0.5;
    const double earned = uniform() + (is_a ? 0.4 : 0.0);
    const double owed = uniform();
    group.emplace_back(is_a ? "a" : "b");
    income.push_back(static_cast<float>(earned));
    debt.push_back(owed);
    repaid.push_back(earned - 0.3 * owed + 0.2 * uniform() > 0.65 ? 1 : 0);
  }
  equipoise::Dataset table(static_cast<std::int64_t>(rows));
  table.add_f32("income", income)
      .add_f64("debt", debt)
      .add_text("group", group)
      .add_i64("repaid", repaid);
  return table;
}

inline std::string finetune_config(int epochs = 4) {
  return R"({"task": "binary", "data": {"label": "repaid", "sensitive": ["group"]},
    "train": {"epochs": )" +
         std::to_string(epochs) + R"(, "batch_size": 64, "seed": 7,
              "optimizer": {"name": "adam", "learning_rate": 0.02}},
    "fairness": [{"objective": "demographic_parity", "attribute": "group", "weight": 1}]})";
}

inline equipoise::Model tuned_model(const equipoise::Dataset &table, int epochs = 4) {
  const auto fresh = equipoise::Model::create(R"({"kind": "mlp", "hidden": [8], "seed": 3})");
  return fresh.finetune(table, finetune_config(epochs)).model;
}

// A folder for one test, deleted after it.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "equipoise-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no temporary folder could be made");
    }
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const char *name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

#endif
