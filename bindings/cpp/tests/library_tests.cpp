// The library itself: versions, threads, log, schemas, and the shape of errors.
#include "check.hpp"

#include <type_traits>
#if __cplusplus >= 202002L
#include <span>
#endif

using equipoise::Error;
using equipoise::Status;

TEST("The loaded library has the header's version and binary interface") {
  equipoise::require_abi();
  CHECK(equipoise::abi_version() == EQP_ABI_VERSION);
  CHECK(equipoise::version() == std::to_string(EQP_VERSION_MAJOR) + "." +
                                    std::to_string(EQP_VERSION_MINOR) + "." +
                                    std::to_string(EQP_VERSION_PATCH));
  CHECK(equipoise::build_info().find("\"version\"") != std::string::npos);
}

TEST("Copying an Error cannot throw") {
  static_assert(std::is_nothrow_copy_constructible_v<Error>);
  static_assert(std::is_base_of_v<std::runtime_error, Error>);
  const Error error(Status::io, "message", "place");
  const Error copy = error;
  CHECK(copy.location() == "place" && std::string(copy.what()) == "message");
}

TEST("Every status has the name that the C header gives it") {
  CHECK(std::string(equipoise::status_name(Status::ok)) == "EQP_OK");
  CHECK(std::string(equipoise::status_name(Status::internal)) == "EQP_INTERNAL");
}

TEST("A number of threads outside what is accepted is refused") {
  equipoise::set_threads(2);
  const Error error = THROWN_BY(equipoise::set_threads(-1));
  CHECK(error.status() == Status::invalid_argument);
  equipoise::set_threads(0);
  THROWN_BY(equipoise::set_root("no/such/folder"));
  equipoise::set_root("/");
  equipoise::set_root(std::nullopt);
}

TEST("Schemas are given by name, and an unknown name has none") {
  const auto schema = equipoise::config_schema("finetune");
  CHECK(schema && schema->find("\"properties\"") != std::string::npos);
  CHECK(!equipoise::config_schema("no such configuration"));
}

TEST("A log function may throw, be replaced and be taken away") {
  equipoise::set_log([](equipoise::LogLevel, std::string_view) { throw 1; },
                     equipoise::LogLevel::debug);
  equipoise::Dataset table(1);
  CHECK(THROWN_BY(equipoise::Dataset::open("/no/such.csv")).status() == Status::io);
  equipoise::set_log([](equipoise::LogLevel, std::string_view) {});
  equipoise::set_log({});
  CHECK(table.rows() == 1);
}

TEST("A span is made from arrays, vectors, and pointer and count") {
  const float array[] = {1, 2, 3};
  std::vector<float> vector = {4, 5};
  const equipoise::Span<const float> of_array(array);
  const equipoise::Span<const float> of_vector(vector);
  const equipoise::Span<float> writable(vector);
  writable[1] = 6;
  CHECK(of_array.size() == 3 && of_array[2] == 3);
  CHECK(of_vector.size() == 2 && vector[1] == 6);
  CHECK(equipoise::Span<const float>(array, 1).size() == 1);
#if __cplusplus >= 202002L
  const std::span<float> standard(vector);
  CHECK(equipoise::Span<const float>(standard).data() == vector.data());
  CHECK(std::span<const float>(of_vector).size() == 2);
#endif
  static_assert(!std::is_convertible_v<const std::vector<float> &, equipoise::Span<float>>);
  static_assert(!std::is_convertible_v<std::vector<double> &, equipoise::Span<const float>>);
  static_assert(!std::is_convertible_v<std::vector<bool> &, equipoise::Span<const bool>>);
}

TEST("Transforms weigh rows and travel as bytes") {
  equipoise::Dataset rows(5);
  rows.add_i64("g", std::vector<std::int64_t>{0, 0, 0, 1, 1});
  rows.add_i64("y", std::vector<std::int64_t>{0, 0, 1, 1, 1});
  const equipoise::FittedTransform fitted = equipoise::Transform::fit(
      rows, R"({"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "reweighing"}]})");
  // 3 of 5 rows are positive, and 1 of 3 in group 0: (3 / 5) / (1 / 3), (2 / 5) / (2 / 3).
  const std::vector<float> weights{0.6f, 0.6f, 1.8f, 0.6f, 0.6f};
  CHECK(fitted.rows.column_f32("weight") == weights);
  CHECK(fitted.report_json.find("\"reweighing\"") != std::string::npos);
  const auto loaded = equipoise::Transform::load(fitted.transform.save());
  CHECK(loaded.describe() == fitted.transform.describe());
  CHECK(loaded.apply(rows).column_f32("weight") == weights);
  const std::vector<std::byte> broken(4);
  CHECK(THROWN_BY(equipoise::Transform::load(broken)).status() == Status::integrity);
}

TEST("A search gives a front, which is chosen from, saved and loaded") {
  equipoise::Dataset rows(200);
  std::vector<std::int64_t> group, label, value;
  for (std::int64_t row = 0; row < 200; row++) {
    group.push_back(row % 2);
    value.push_back((row * 37) % 100 + 20 * (row % 2));
    label.push_back(value.back() > 60 ? 1 : 0);
  }
  rows.add_i64("g", group);
  rows.add_i64("x", value);
  rows.add_i64("y", label);
  const auto base = equipoise::Model::create(R"({"kind": "logistic"})");
  const auto front = equipoise::Front::search(base, rows, R"({
    "data": {"label": "y", "sensitive": ["g"]}, "train": {"epochs": 2},
    "fairness": [{"objective": "demographic_parity", "tolerance": 0.1}],
    "search": {"space": {"/train/seed": [0, 1]}, "folds": 1}})");
  CHECK(front.size() >= 1);
  const auto choice = front.choose(R"({"rule": "knee"})");
  CHECK(choice.index >= 0 && choice.index < front.size());
  CHECK(front.at(choice.index).model.predict(rows).rows() == 200);
  const std::string folder = "build/bindings/cpp/front";
  front.save(folder);
  const auto loaded = equipoise::Front::load(folder);
  CHECK(loaded.describe() == front.describe());
  CHECK(THROWN_BY(front.at(front.size())).location() == "index");
}

TEST("Auditors add up, travel as bytes, and read Arrow streams") {
  equipoise::Dataset table(4);
  table.add_i64("approved", std::vector<std::int64_t>{1, 0, 1, 1});
  table.add_text("group", std::vector<std::string>{"a", "b", "b", "a"});
  const char *config = R"({"data": {"label": "approved", "prediction": "approved", "positive": "1",
                          "sensitive": ["group"]}, "metrics": ["selection_rate"]})";
  const auto shown = [](const equipoise::Auditor &auditor) {
    const std::string report = auditor.report();
    return report.substr(0, report.find("\"provenance\""));
  };
  equipoise::Auditor twice(config), once(config), streamed(config);
  twice.update(table).update(table);
  once.update(table);
  once.merge(equipoise::Auditor::restore(once.save()));
  CHECK(shown(once) == shown(twice));
  ArrowArrayStream stream{};
  table.to_arrow(&stream);
  streamed.update(&stream).update(table);
  CHECK(stream.release == nullptr);
  CHECK(shown(streamed) == shown(twice));
  const std::vector<std::byte> bytes(4);
  CHECK(THROWN_BY(equipoise::Auditor::restore(bytes)).status() == Status::integrity);
}
