// Models: tuning, prediction in both ways, audits, files, errors with their locations.
#include "check.hpp"
#include "loans.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <type_traits>

using equipoise::Dataset;
using equipoise::Error;
using equipoise::Model;
using equipoise::Status;

TEST("A fresh model is tuned, reports, and predicts every row") {
  const Dataset table = loans();
  const auto parts = table.split(R"({"fractions": [0.8, 0.2], "seed": 1})", 2);
  const Model fresh = Model::create(R"({"kind": "mlp", "hidden": [8]})");
  const auto tuned = fresh.finetune(parts[0], parts[1], finetune_config());
  CHECK(tuned.report_json.find("\"finetune\"") != std::string::npos);
  CHECK(tuned.model.describe().find("\"kind\"") != std::string::npos);

  const Dataset predictions = tuned.model.predict(parts[1], R"({"keep": ["group"]})");
  CHECK(predictions.rows() == parts[1].rows());
  CHECK(predictions.cell_text("group", 0) == parts[1].cell_text("group", 0));
  const auto labels = predictions.column_i64("label");
  const auto expected = parts[1].column_i64("repaid");
  int right = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    right += labels[row] == expected[row] ? 1 : 0;
  }
  CHECK(right > 84); // of 120; the label depends mainly on income
}

TEST("Decisions are adjusted by group, of a model and of another system's scores") {
  const Dataset table = loans();
  const Model model = tuned_model(table);
  const std::string methods =
      R"("adjust": [{"method": "thresholds", "constraint": "demographic_parity", "tolerance": 0.01}])";
  const auto adjusted = model.adjust(table, "{" + methods + "}");
  CHECK(adjusted.report_json.find("\"adjust\"") != std::string::npos);
  CHECK(adjusted.model.predict(table).column_f32("score") ==
        model.predict(table).column_f32("score"));
  CHECK(adjusted.model.predict(table).column_i64("label") !=
        model.predict(table).column_i64("label"));

  const Dataset scored = model.predict(table, R"({"keep": ["group", "repaid"]})");
  const auto given = Model::adjust_scores(
      scored, R"({"data": {"label": "repaid", "score": "score", "sensitive": ["group"]}, )" +
                  methods + "}");
  CHECK(given.model.predict(scored).column_i64("label") ==
        adjusted.model.predict(table).column_i64("label"));
  CHECK(THROWN_BY(model.adjust(table, R"({"adjust": []})")).location() == "/adjust");
}

TEST("The short way in gives the scores of the long one") {
  const Dataset table = loans();
  const Model model = tuned_model(table);
  const auto expected = model.predict(table).column_f32("score");
  const auto income = table.column_f32("income");
  const auto debt = table.column_f32("debt");
  std::vector<float> features;
  for (std::size_t row = 0; row < income.size(); ++row) {
    features.push_back(income[row]);
    features.push_back(debt[row]);
  }
  std::vector<float> scores(income.size());
  model.predict_into(features, scores, income.size());
  float worst = 0;
  for (std::size_t row = 0; row < scores.size(); ++row) {
    worst = std::max(worst, std::abs(scores[row] - expected[row]));
  }
  CHECK(worst < 1e-5F);
  // One row.
  float one[1] = {-1};
  model.predict_into(equipoise::Span<const float>(features.data(), 2), one);
  CHECK(std::abs(one[0] - expected[0]) < 1e-5F);
}

TEST("Sizes that do not fit the model are refused") {
  const Model model = tuned_model(loans(), 1);
  std::vector<float> features(6);
  std::vector<float> scores(3);
  CHECK(THROWN_BY(model.predict_into(features, scores, 4)).location() == "features");
  CHECK(THROWN_BY(model.predict_into(features, scores, 2)).status() == Status::invalid_argument);
  std::vector<float> few(2);
  CHECK(THROWN_BY(model.predict_into(features, few, 3)).status() == Status::invalid_argument);
  CHECK(THROWN_BY(model.predict_into(features, scores, 0)).location() == "features");
}

TEST("A saved model gives the same scores when it is loaded again") {
  const TemporaryFolder folder;
  const Dataset table = loans(200);
  const Model model = tuned_model(table, 2);
  const auto expected = model.predict(table).column_f32("score");
  for (const char *name : {"model", "model.onnx"}) {
    model.save(folder / name);
    CHECK(Model::load(folder / name).predict(table).column_f32("score") == expected);
  }
}

TEST("Errors of models name their place") {
  const Error path = THROWN_BY(Model::load("/no/such/model.onnx"));
  CHECK(path.status() == Status::io);
  const Error kind = THROWN_BY(Model::create(R"({"kind": "mpl"})"));
  CHECK(kind.status() == Status::invalid_config && kind.location() == "/kind");
  CHECK(std::string(kind.what()).find("mlp") != std::string::npos);

  const Dataset table = loans(100);
  const Model fresh = Model::create(R"({"kind": "logistic"})");
  const Error key =
      THROWN_BY(fresh.finetune(table, R"({"data": {"label": "repaid"}, "train": {"epoch": 1}})"));
  CHECK(key.status() == Status::invalid_config && key.location() == "/train/epoch");
  const Error column =
      THROWN_BY(fresh.finetune(table, R"({"data": {"label": "repayed"}, "train": {"epochs": 1}})"));
  CHECK(column.status() == Status::invalid_data);
  CHECK(std::string(column.what()).find("repayed") != std::string::npos);
  CHECK(THROWN_BY(fresh.predict(table)).status() == Status::invalid_argument);
  CHECK(THROWN_BY(fresh.save("/no/such/folder/model.onnx")).status() != Status::ok);
}

TEST("Audits report a model, or another system's decisions") {
  const Dataset table = loans();
  const Model model = tuned_model(table);
  const std::string own = model.audit(table, R"({"by": ["group"]})");
  CHECK(own.find("demographic_parity_difference") != std::string::npos);
  const std::string other = equipoise::audit(
      table, R"({"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]}})");
  CHECK(other.find("selection_rate") != std::string::npos);
  const Error error = THROWN_BY(equipoise::audit(table, R"({"data": {"lable": "repaid"}})"));
  CHECK(error.status() == Status::invalid_config && error.location() == "/data/lable");
}

TEST("A BERT gives transformers' probabilities") {
  // Run in the root of the repository. The logits are those of make.py in the parent folder.
  const Model model = Model::load("Tests/FormatsTests/Resources/transformers/bert");
  const float expected[] = {0.269606f, 0.288548f, 0.441846f, 0.277588f, 0.288491f, 0.433921f};
  std::vector<float> scores(6), again(6);
  const char *const raw[] = {"w5 w9 w33", "w47"};
  model.predict_text(raw, scores);
  model.predict_text(std::vector<std::string>{"w5 w9 w33", "w47"}, again);
  for (std::size_t index = 0; index < 6; index++)
    CHECK(std::abs(scores[index] - expected[index]) < 1e-5f && scores[index] == again[index]);
  CHECK(THROWN_BY(tuned_model(loans(100), 1).predict_text(raw, scores)).status() ==
        Status::invalid_argument);
}

TEST("Reports become pages that begin with the verdict") {
  const TemporaryFolder folder;
  const Dataset table = loans(100);
  const std::string report = equipoise::audit(
      table, R"({"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]},
                 "policy": {"require": [{"metric": "accuracy", "at_least": 0.9}]}})");
  const auto shown = [&](const char *format) {
    equipoise::render_report(report, format, folder / "page");
    std::ifstream file(folder / "page");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  for (const auto &[format, start] :
       {std::pair("html", "<!DOCTYPE html>"), std::pair("markdown", "# Fairness audit"),
        std::pair("svg", "<svg xmlns=")}) {
    const std::string page = shown(format);
    CHECK(page.rfind(start, 0) == 0);
    CHECK(page.find("The policy is met") < page.find("<table>"));
    CHECK(page.find("The policy is met") != std::string::npos);
  }
  const Error format = THROWN_BY(equipoise::render_report(report, "pdf", folder / "page"));
  CHECK(format.status() == Status::invalid_argument && format.location() == "format");
  const Error none = THROWN_BY(equipoise::render_report("{}", "html", folder / "page"));
  CHECK(none.status() == Status::invalid_argument && none.location() == "report_json");
  CHECK(THROWN_BY(equipoise::render_report(report, "html", folder / "no/page")).status() ==
        Status::io);
}

TEST("A model moves, does not copy, and an empty one answers with an error") {
  static_assert(!std::is_copy_constructible_v<Model> && !std::is_copy_assignable_v<Model>);
  static_assert(std::is_nothrow_move_constructible_v<Model>);
  Model first = Model::create(R"({"kind": "logistic"})");
  Model second = std::move(first);
  CHECK(first.get() == nullptr); // NOLINT(bugprone-use-after-move)
  CHECK(THROWN_BY(first.save("/tmp/none")).status() == Status::invalid_argument);
  first = std::move(second);
  CHECK(first.describe().find("\"kind\"") != std::string::npos);
  const Model adopted = Model::adopt(first.release());
  CHECK(adopted.get() != nullptr && first.get() == nullptr);
}
