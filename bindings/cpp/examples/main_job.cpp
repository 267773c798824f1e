// The main job: takes an existing network, measures how it treats people, makes it fairer, and
// shows the changes.
//
//   main_job NETWORK.onnx PEOPLE.csv FINETUNE.json AUDIT.json FOLDER
//
// A third of the rows is set aside, and both audits use only rows that tuning does not see. FOLDER
// receives tuned.onnx for any ONNX runtime, tuned.model for this library, and report.json.
#include "files.hpp"
#include "json.hpp"

#include <equipoise/equipoise.hpp>

#include <cstdio>
#include <exception>

namespace {

const char *const split = R"({"fractions": [0.66, 0.34],
  "stratify": ["approved", "sex", "group"], "seed": 3})";

// One line on the terminal, overwritten with every event.
equipoise::Progress show_progress(std::string_view event_json) {
  const Json event = Json::parse(event_json);
  std::fprintf(stderr, "\r\033[K  step %.0f of %.0f, loss %.4f", event["step"].number(),
               event["steps"].number(), event["loss"].number());
  for (const auto &[name, gap] : event["gaps"].members()) {
    std::fprintf(stderr, ", %s %.3f", name.c_str(), gap.number());
  }
  return equipoise::Progress::proceed;
}

void print_line(const std::string &name, const Json &before, const Json &after) {
  std::printf("  %-34s %9.4f %9.4f   %+8.4f\n", name.c_str(), before.number(), after.number(),
              after.number() - before.number());
}

// Compares both audits: accuracy, then for each attribute its groups' rates and the gaps.
void print_audits(const Json &before, const Json &after) {
  std::printf("\n  %-34s %9s %9s   %8s\n", "on rows that tuning never saw", "before", "after",
              "change");
  print_line("accuracy", before["overall"]["accuracy"], after["overall"]["accuracy"]);
  print_line("area under ROC", before["overall"]["auc"], after["overall"]["auc"]);
  const auto &attributes_before = before["attributes"].members();
  const auto &attributes_after = after["attributes"].members();
  for (std::size_t i = 0; i < attributes_before.size() && i < attributes_after.size(); ++i) {
    const Json &was = attributes_before[i].second;
    const Json &is = attributes_after[i].second;
    std::printf("  by %s\n", was["attribute"].text().c_str());
    const auto &groups_before = was["groups"].members();
    const auto &groups_after = is["groups"].members();
    for (std::size_t k = 0; k < groups_before.size() && k < groups_after.size(); ++k) {
      print_line("    selected of " + groups_before[k].second["group"].text(),
                 groups_before[k].second["metrics"]["selection_rate"],
                 groups_after[k].second["metrics"]["selection_rate"]);
    }
    print_line("    demographic parity difference",
               was["fairness"]["demographic_parity_difference"],
               is["fairness"]["demographic_parity_difference"]);
    print_line("    equalized odds difference", was["fairness"]["equalized_odds_difference"],
               is["fairness"]["equalized_odds_difference"]);
  }
}

// Predicts the first rows of a file, as a service would predict those of a request.
void predict_some(const equipoise::Model &model, const std::string &people) {
  const auto some = equipoise::Dataset::open(people, R"({"max_rows": 5})");
  const auto predictions = model.predict(some);
  const auto scores = predictions.column_f32("score");
  std::printf("\n  the tuned model on the first %zu rows\n", scores.size());
  for (std::size_t row = 0; row < scores.size(); ++row) {
    const auto label = predictions.cell_text("label", static_cast<std::int64_t>(row));
    std::printf("    row %zu: probability %.3f, decision %s\n", row,
                static_cast<double>(scores[row]), std::string(label.value_or("?")).c_str());
  }
}

void run(char **arguments) {
  const std::string network = arguments[1];
  const std::string people = arguments[2];
  const std::string finetune_json = read_text(arguments[3]);
  const std::string audit_json = read_text(arguments[4]);
  const std::string folder = arguments[5];

  const auto model = equipoise::Model::load(network);
  const auto rows = equipoise::Dataset::open(people);
  std::printf("  %s on %s, %lld rows\n", network.c_str(), people.c_str(),
              static_cast<long long>(rows.rows()));
  const auto parts = rows.split(split, 2);

  const std::string before = model.audit(parts[1], audit_json);
  equipoise::Hooks hooks;
  hooks.progress = &show_progress;
  const auto tuned = model.finetune(parts[0], finetune_json, hooks);
  std::fprintf(stderr, "\n");
  const std::string after = tuned.model.audit(parts[1], audit_json);

  print_audits(Json::parse(before), Json::parse(after));
  predict_some(tuned.model, people);
  tuned.model.save(folder + "/tuned.onnx");
  tuned.model.save(folder + "/tuned.model");
  write_text(folder + "/report.json", tuned.report_json);
  std::printf("\n  saved tuned.onnx, tuned.model and report.json in %s\n", folder.c_str());
}

} // namespace

int main(int count, char **arguments) {
  if (count != 6) {
    std::fprintf(stderr,
                 "usage: main_job NETWORK.onnx PEOPLE.csv FINETUNE.json AUDIT.json FOLDER\n");
    return 2;
  }
  try {
    run(arguments);
    return 0;
  } catch (const equipoise::Error &error) {
    std::fprintf(stderr, "\n%s: %s\n", equipoise::status_name(error.status()), error.what());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "\n%s\n", error.what());
  }
  return 1;
}
