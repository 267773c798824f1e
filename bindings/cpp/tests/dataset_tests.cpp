// Datasets: columns in and out, files, errors with their locations, ownership.
#include "check.hpp"
#include "loans.hpp"

#include <cmath>
#include <fstream>
#include <type_traits>

using equipoise::Dataset;
using equipoise::Error;
using equipoise::Status;

TEST("What is added to a dataset is read back") {
  Dataset table(3);
  table.add_f32("f", std::vector<float>{1.5F, 2.5F, 3.5F})
      .add_f64("d", std::vector<double>{0.25, 0.5, 0.75})
      .add_i64("i", std::vector<std::int64_t>{7, 8, 9})
      .add_text("t", {"x", "y", "z"});
  CHECK(table.rows() == 3);
  CHECK(table.column_f32("f") == (std::vector<float>{1.5F, 2.5F, 3.5F}));
  CHECK(table.column_f32("d") == (std::vector<float>{0.25F, 0.5F, 0.75F}));
  CHECK(table.column_i64("i") == (std::vector<std::int64_t>{7, 8, 9}));
  CHECK(table.cell_text("t", 1) == "y");
  CHECK(!table.cell_text("t", 3) && !table.cell_text("no such column", 0));
  CHECK(table.describe().find("\"rows\"") != std::string::npos);
}

TEST("Missing values come from optionals and from validity bits") {
  using Maybe = std::optional<float>;
  Dataset table(9);
  table.add_f32("o", std::vector<Maybe>{1, {}, 3, 4, 5, 6, 7, 8, {}});
  // Rows 0 and 8 are missing, so the second byte of the bits is read.
  const auto bits = equipoise::pack_validity(std::vector<int>{0, 1, 1, 1, 1, 1, 1, 1, 0});
  CHECK(bits == (equipoise::Validity{0xFE, 0x00}));
  table.add_f32("v", std::vector<float>(9, 2), bits);
  table.add_text(
      "t", std::vector<std::optional<std::string>>{"a", {}, "", "d", "e", "f", "g", "h", "i"});
  const auto optionals = table.column_f32("o");
  const auto values = table.column_f32("v");
  CHECK(std::isnan(optionals[1]) && std::isnan(optionals[8]) && optionals[7] == 8);
  CHECK(std::isnan(values[0]) && std::isnan(values[8]) && values[1] == 2);
  CHECK(!table.cell_text("t", 1) && table.cell_text("t", 2) == "");
  CHECK(THROWN_BY(table.column_i64("o")).status() == Status::invalid_data);
}

TEST("A column of blocks is read back with its width") {
  Dataset table(2);
  table.add_tensor("image", std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8},
                   std::vector<std::int64_t>{2, 2});
  CHECK(table.column_f32("image", 4) == (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}));
  CHECK(THROWN_BY(table.column_f32("image")).status() != Status::ok);
  const auto add = [&](std::vector<std::int64_t> shape) {
    table.add_tensor("other", std::vector<float>(8), shape);
  };
  CHECK(THROWN_BY(add({3})).location() == "values");
  CHECK(THROWN_BY(add({-4})).location() == "shape");
  CHECK(THROWN_BY(add({1LL << 62, 1LL << 62})).location() == "shape");
}

TEST("Too few or too many values are refused before they are read") {
  Dataset table(3);
  const Error few = THROWN_BY(table.add_f32("x", std::vector<float>{1, 2}));
  CHECK(few.status() == Status::invalid_argument && few.location() == "values");
  CHECK(THROWN_BY(table.add_i64("x", std::vector<std::int64_t>(4))).location() == "values");
  CHECK(THROWN_BY(table.add_text("x", {"one"})).location() == "values");
  Dataset long_table(9);
  const std::vector<double> nine(9);
  CHECK(THROWN_BY(long_table.add_f64("x", nine, {0xFF})).location() == "validity");
}

TEST("A NUL inside a text is refused, for C would cut the text there") {
  Dataset table(1);
  using namespace std::string_literals;
  CHECK(THROWN_BY(table.add_text("x", std::vector{"a\0b"s})).location() == "values");
  CHECK(THROWN_BY(table.add_text("a\0b"s, {"x"})).location() == "name");
  CHECK(THROWN_BY(Dataset::open("a\0b"s)).location() == "path");
}

TEST("A table written to a file opens as the same table") {
  const TemporaryFolder folder;
  const Dataset table = loans(50);
  for (const char *name : {"loans.csv", "loans.tsv", "loans.jsonl", "loans.csv.gz"}) {
    table.write(folder / name);
    const Dataset again = Dataset::open(folder / name);
    CHECK(again.rows() == 50);
    CHECK(again.column_f32("income") == table.column_f32("income"));
    CHECK(again.column_i64("repaid") == table.column_i64("repaid"));
    CHECK(again.cell_text("group", 49) == table.cell_text("group", 49));
  }
}

TEST("Errors name their place: the path, the JSON pointer, the line") {
  const Error absent = THROWN_BY(Dataset::open("/no/such/file.csv"));
  CHECK(absent.status() == Status::io);
  CHECK(std::string(absent.what()).find("/no/such/file.csv") != std::string::npos);

  const TemporaryFolder folder;
  std::ofstream(folder / "bad.csv") << "a,b\n1,2\n3,4,5\n";
  const Error key = THROWN_BY(Dataset::open(folder / "bad.csv", R"({"delimeter": ";"})"));
  CHECK(key.status() == Status::invalid_config && key.location() == "/delimeter");
  const Error line = THROWN_BY(Dataset::open(folder / "bad.csv"));
  CHECK(line.status() == Status::invalid_data);
  CHECK(line.location().find(":3") != std::string::npos);

  const Dataset table = loans(10);
  const Error column = THROWN_BY(table.column_f32("incom"));
  CHECK(column.status() == Status::invalid_data && column.location() == "incom");
}

TEST("A split gives all rows, each once, and a wrong one gives none") {
  const Dataset table = loans(100);
  const auto parts = table.split(R"({"fractions": [0.7, 0.3], "seed": 1})", 2);
  CHECK(parts.size() == 2 && parts[0].rows() == 70 && parts[1].rows() == 30);
  CHECK(THROWN_BY(table.split(R"({"fractions": [0.9, 0.9]})", 2)).status() ==
        Status::invalid_config);
  CHECK(THROWN_BY(table.split(R"({"folds": 5})", 3)).status() != Status::ok);
}

TEST("A dataset moves, does not copy, and an empty one answers with an error") {
  static_assert(!std::is_copy_constructible_v<Dataset> && !std::is_copy_assignable_v<Dataset>);
  static_assert(std::is_nothrow_move_constructible_v<Dataset>);
  static_assert(std::is_nothrow_move_assignable_v<Dataset>);
  Dataset first = loans(10);
  const eqp_dataset *handle = first.get();
  Dataset second = std::move(first);
  CHECK(second.get() == handle && second.rows() == 10);
  // Here the state after a move is defined: there is no handle.
  CHECK(first.get() == nullptr); // NOLINT(bugprone-use-after-move)
  CHECK(THROWN_BY(first.column_f32("income")).status() == Status::invalid_argument);
  CHECK(THROWN_BY(first.add_f32("x", std::vector<float>{})).status() == Status::invalid_argument);
  first = loans(5);
  CHECK(first.rows() == 5);
  second = std::move(first);
  CHECK(second.rows() == 5);
  const Dataset adopted = Dataset::adopt(second.release());
  CHECK(adopted.rows() == 5 && second.get() == nullptr);
}
