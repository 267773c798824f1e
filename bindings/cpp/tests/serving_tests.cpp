// Decisions without a dataset, parameters, a model in service, and values read from reports.
#include "check.hpp"
#include "loans.hpp"

#include <cmath>

using equipoise::Dataset;
using equipoise::Endpoint;
using equipoise::Model;
using equipoise::Status;

namespace {
const float features[] = {1.2F, 0.1F, 0.1F, 0.9F, 0.7F, 0.5F};
}

TEST("Columns are named, selected and put together") {
  const Dataset table = loans(10);
  const std::vector<std::string> names{"repaid", "income"};
  CHECK(table.column_names().size() == 4);
  const std::int64_t rows[] = {9, 0};
  const Dataset part = table.select(names, rows);
  CHECK(part.column_names() == names && part.rows() == 2);
  CHECK(part.column_f64("income")[1] == static_cast<double>(table.column_f32("income")[0]));
  CHECK(table.select_rows(rows).column_names() == table.column_names());
  CHECK(table.select(std::vector<std::string>{}).column_names().empty());
  CHECK(table.select(names, equipoise::Span<const std::int64_t>()).rows() == 0);
  std::vector<Dataset> parts;
  parts.push_back(table.select(names));
  parts.push_back(table.select(names, rows));
  CHECK(Dataset::concat(parts).rows() == 12);
  parts.push_back(table.select(std::vector<std::string>{"income"}));
  CHECK(THROWN_BY(Dataset::concat(parts)).status() == Status::invalid_argument);
}

TEST("A model decides, and its endpoint decides with the model that took its place") {
  const Model model = tuned_model(loans(), 3);
  float scores[3];
  std::int32_t labels[3];
  model.decide_into(features, scores, labels, 3);
  for (int row = 0; row < 3; row++) {
    CHECK(labels[row] == (scores[row] >= 0.5F ? 1 : 0));
  }
  const std::int32_t one_group[] = {0};
  CHECK(THROWN_BY(model.decide_into(features, scores, labels, 3, one_group)).location() ==
        "groups");

  float bias = 0;
  model.parameter("output.bias", equipoise::Span<float>(&bias, 1));
  const Model surer = model.with_parameters({{"output.bias", {bias + 100}}});
  const Endpoint endpoint(model);
  float served[3];
  endpoint.predict_into(features, served, 3);
  CHECK(served[0] == scores[0]);
  endpoint.swap(surer);
  endpoint.decide_into(features, served, labels, 3);
  CHECK(served[1] > 0.999F && labels[1] == 1);
  CHECK(endpoint.predict(loans(5)).rows() == 5);
  endpoint.model().predict_into(features, served, 3);
  CHECK(served[1] > 0.999F);
  const char *const texts[] = {"a"};
  CHECK(THROWN_BY(endpoint.predict_text(texts, served)).status() == Status::invalid_argument);
  CHECK(THROWN_BY(endpoint.swap(Model::create("{}"))).status() == Status::invalid_argument);
}

TEST("A model travels as bytes") {
  const Model model = tuned_model(loans(), 1);
  float scores[3];
  float others[3];
  model.predict_into(features, scores, 3);
  for (const char *options : {"", R"({"format": "onnx"})"}) {
    const std::vector<std::byte> bytes = model.save_memory(options);
    Model::load_memory(bytes).predict_into(features, others, 3);
    CHECK(scores[0] == others[0] && scores[2] == others[2]);
  }
  CHECK(THROWN_BY(Model::load_memory({})).location() == "bytes");
}

TEST("Numbers and verdicts are read from a report, and a policy that is not met refuses") {
  const Dataset table = loans();
  const std::string report = equipoise::audit(
      table, R"({"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]},
                 "policy": {"require": [{"metric": "accuracy", "at_most": 0.5}]}})");
  CHECK(equipoise::report_number(report, "/overall/accuracy") == 1);
  CHECK(equipoise::report_value(report, "/verdict/result") == "fail");
  CHECK(THROWN_BY(equipoise::report_number(report, "/no")).location() == "pointer");
  const equipoise::Error error = THROWN_BY(equipoise::check_policy(report));
  CHECK(error.status() == Status::refused && error.location() == "accuracy");
  CHECK(equipoise::report_text(report, "html").find("The policy is not met") != std::string::npos);
}

TEST("A window of an audit moves on, and a model's decisions are added") {
  const Dataset table = loans();
  const Model model = tuned_model(table, 1);
  const std::string config = R"({"data": {"label": "repaid", "sensitive": ["group"]}})";
  equipoise::Auditor all(config);
  equipoise::Auditor part(config);
  all.update(model, table).update(model, loans(50));
  part.update(model, loans(50));
  all.subtract(part);
  CHECK(equipoise::report_number(all.report(), "/rows") == 600);
  CHECK(THROWN_BY(part.subtract(all)).status() == Status::invalid_argument);
}

TEST("An optional library that there is not is refused") {
  CHECK(THROWN_BY(equipoise::set_library("boost", "x")).location() == "name");
  equipoise::set_library("xgboost");
}
