// dataset.hpp - named columns of equal length.
#ifndef EQUIPOISE_DATASET_HPP
#define EQUIPOISE_DATASET_HPP

#include "equipoise/arrow_abi.h"
#include "equipoise/error.hpp"
#include "equipoise/hooks.hpp"
#include "equipoise/span.hpp"
#include "equipoise/text.hpp"
#include "equipoise/validity.hpp"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace equipoise {

/// Named columns of equal length. Columns are added until the dataset is first passed to a function
/// that reads it; after that it does not change, and any number of threads may use it. It can be
/// moved but not copied; a moved-from dataset may only be assigned to or destroyed.
class Dataset {
public:
  /// An empty dataset, to which columns of `rows` values are added.
  explicit Dataset(std::int64_t rows) {
    eqp_dataset *dataset = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_dataset_new(rows, &dataset, error.slot()));
    handle_.reset(dataset);
  }

  /// Reads a file: .csv, .tsv, .jsonl, each also .gz.
  static Dataset open(std::string_view path, std::string_view options_json = {},
                      const Hooks &hooks = {}) {
    const detail::Text path_text(path, "path");
    const detail::Text options(options_json, "options_json");
    const detail::HooksBridge bridge(hooks);
    eqp_dataset *dataset = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_dataset_open(path_text.get(), options.get(), bridge.get(), &dataset,
                                         error.slot()));
    return adopt(dataset);
  }

  /// Takes ownership of an Arrow stream, which is released even if this throws.
  static Dataset from_arrow(ArrowArrayStream *stream, const Hooks &hooks = {}) {
    const detail::HooksBridge bridge(hooks);
    eqp_dataset *dataset = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_dataset_from_arrow(stream, bridge.get(), &dataset, error.slot()));
    return adopt(dataset);
  }

  /// Takes ownership of a handle from the C functions.
  static Dataset adopt(eqp_dataset *dataset) noexcept { return Dataset(Handle(dataset)); }

  /// Fills in `stream`, which the caller must then release.
  void to_arrow(ArrowArrayStream *stream) const {
    detail::ErrorReceiver error;
    error.check(eqp_dataset_to_arrow(get(), stream, error.slot()));
  }

  // Columns have one value for each row. An empty validity means that every value is present.

  Dataset &add_f32(std::string_view name, Span<const float> values, const Validity &validity = {}) {
    return add(name, values, validity, &eqp_dataset_add_f32);
  }
  Dataset &add_f64(std::string_view name, Span<const double> values,
                   const Validity &validity = {}) {
    return add(name, values, validity, &eqp_dataset_add_f64);
  }
  Dataset &add_i64(std::string_view name, Span<const std::int64_t> values,
                   const Validity &validity = {}) {
    return add(name, values, validity, &eqp_dataset_add_i64);
  }
  Dataset &add_f32(std::string_view name, Span<const std::optional<float>> values) {
    const detail::PackedOptionals<float> packed(values);
    return add_f32(name, packed.values, packed.validity);
  }
  Dataset &add_f64(std::string_view name, Span<const std::optional<double>> values) {
    const detail::PackedOptionals<double> packed(values);
    return add_f64(name, packed.values, packed.validity);
  }
  Dataset &add_i64(std::string_view name, Span<const std::optional<std::int64_t>> values) {
    const detail::PackedOptionals<std::int64_t> packed(values);
    return add_i64(name, packed.values, packed.validity);
  }

  /// A column of texts from a range of std::string, std::string_view, const char *, or a
  /// std::optional of these, where an empty optional is a missing value.
  template <typename Texts> Dataset &add_text(std::string_view name, const Texts &texts) {
    return add_pointers(name, detail::TextArray(texts, "values"));
  }
  Dataset &add_text(std::string_view name, std::initializer_list<const char *> texts) {
    return add_pointers(name, detail::TextArray(texts, "values"));
  }

  /// A block of `shape` for each row: component j of row i at values[i * width + j], where width
  /// is the product of `shape`.
  Dataset &add_tensor(std::string_view name, Span<const float> values,
                      Span<const std::int64_t> shape) {
    std::size_t count = row_count();
    for (const std::int64_t extent : shape) {
      if (extent < 1) {
        detail::refuse("an extent of the shape is " + std::to_string(extent) +
                           "; at least 1 is accepted",
                       "shape");
      }
      const auto factor = static_cast<std::size_t>(extent);
      if (count > std::numeric_limits<std::size_t>::max() / factor) {
        detail::refuse("the shape is larger than any memory", "shape");
      }
      count *= factor;
    }
    require_count(values.size(), count);
    const detail::Text name_text(name, "name");
    detail::ErrorReceiver error;
    error.check(eqp_dataset_add_tensor(handle_.get(), name_text.get(), values.data(), shape.data(),
                                       shape.size(), error.slot()));
    return *this;
  }

  std::int64_t rows() const noexcept { return eqp_dataset_rows(get()); }

  /// The names of the columns, in order.
  std::vector<std::string> column_names() const {
    std::vector<std::string> names;
    for (std::int64_t index = 0; index < eqp_dataset_columns(get()); index++) {
      const char *name = eqp_dataset_column_name(get(), index);
      names.emplace_back(name != nullptr ? name : "");
    }
    return names;
  }

  /// Some of the columns, in the order given, with all rows.
  template <typename Names> Dataset select(const Names &columns) const {
    const detail::TextArray names(columns, "columns");
    return selected(&names, nullptr);
  }
  /// Some of the columns and rows, in the order given; a row may occur several times.
  template <typename Names>
  Dataset select(const Names &columns, Span<const std::int64_t> rows) const {
    const detail::TextArray names(columns, "columns");
    return selected(&names, &rows);
  }
  /// Some of the rows, in the order given.
  Dataset select_rows(Span<const std::int64_t> rows) const { return selected(nullptr, &rows); }

  /// The rows of all parts, one part after another. The parts must have the same columns.
  template <typename Parts> static Dataset concat(const Parts &parts) {
    std::vector<const eqp_dataset *> handles;
    for (const Dataset &part : parts) {
      handles.push_back(part.get());
    }
    eqp_dataset *whole = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_dataset_concat(handles.data(), handles.size(), &whole, error.slot()));
    return adopt(whole);
  }

  /// JSON: columns, types, missing and distinct values, ranges.
  std::string describe() const {
    return detail::to_string(detail::LibraryText(eqp_dataset_describe(get())));
  }

  /// The values of a column, NaN for missing ones; `width` values per row for a column of blocks.
  std::vector<float> column_f32(std::string_view name, std::size_t width = 1) const {
    const std::size_t count = row_count();
    if (width != 0 && count > std::numeric_limits<std::size_t>::max() / width) {
      detail::refuse("the width is larger than any memory", "width");
    }
    std::vector<float> values(count * width);
    column_f32(name, values);
    return values;
  }
  /// The same into `values`, which must have room for all of them.
  void column_f32(std::string_view name, Span<float> values) const {
    const detail::Text name_text(name, "name");
    detail::ErrorReceiver error;
    error.check(
        eqp_dataset_column_f32(get(), name_text.get(), values.data(), values.size(), error.slot()));
  }

  /// The values of a column in double precision, NaN for missing ones.
  std::vector<double> column_f64(std::string_view name) const {
    std::vector<double> values(row_count());
    column_f64(name, values);
    return values;
  }
  /// The same into `values`, which must have room for all of them.
  void column_f64(std::string_view name, Span<double> values) const {
    const detail::Text name_text(name, "name");
    detail::ErrorReceiver error;
    error.check(
        eqp_dataset_column_f64(get(), name_text.get(), values.data(), values.size(), error.slot()));
  }

  /// The values of a column. A missing value is an error.
  std::vector<std::int64_t> column_i64(std::string_view name) const {
    std::vector<std::int64_t> values(row_count());
    column_i64(name, values);
    return values;
  }
  /// The same into `values`, which must have room for all of them.
  void column_i64(std::string_view name, Span<std::int64_t> values) const {
    const detail::Text name_text(name, "name");
    detail::ErrorReceiver error;
    error.check(
        eqp_dataset_column_i64(get(), name_text.get(), values.data(), values.size(), error.slot()));
  }

  /// The text of a cell, valid as long as this dataset; nothing if there is no such text.
  std::optional<std::string_view> cell_text(std::string_view name, std::int64_t row) const {
    const char *text = eqp_dataset_cell_text(get(), detail::Text(name, "name").get(), row);
    if (text == nullptr) {
      return std::nullopt;
    }
    return std::string_view(text);
  }

  void write(std::string_view path, std::string_view options_json = {},
             const Hooks &hooks = {}) const {
    const detail::Text path_text(path, "path");
    const detail::Text options(options_json, "options_json");
    const detail::HooksBridge bridge(hooks);
    detail::ErrorReceiver error;
    bridge.check(error, eqp_dataset_write(get(), path_text.get(), options.get(), bridge.get(),
                                          error.slot()));
  }

  /// Splits into `part_count` parts by {"fractions": [...]} or {"folds": n}.
  std::vector<Dataset> split(std::string_view options_json, std::size_t part_count) const {
    const detail::Text options(options_json, "options_json");
    std::vector<Dataset> parts;
    parts.reserve(part_count);
    std::vector<eqp_dataset *> handles(part_count, nullptr);
    detail::ErrorReceiver error;
    error.check(eqp_dataset_split(get(), options.get(), handles.data(), part_count, error.slot()));
    for (eqp_dataset *handle : handles) {
      parts.push_back(adopt(handle)); // within the reserved capacity: does not throw
    }
    return parts;
  }

  const eqp_dataset *get() const noexcept { return handle_.get(); }
  /// Gives up the handle, which the caller must release.
  [[nodiscard]] eqp_dataset *release() noexcept { return handle_.release(); }

private:
  struct Free {
    void operator()(eqp_dataset *dataset) const noexcept { eqp_dataset_free(dataset); }
  };
  using Handle = std::unique_ptr<eqp_dataset, Free>;

  explicit Dataset(Handle handle) noexcept : handle_(std::move(handle)) {}

  // An empty list means no columns or rows; in C a missing array means all of them.
  Dataset selected(const detail::TextArray *columns, const Span<const std::int64_t> *rows) const {
    static const char *const no_name = nullptr;
    static const std::int64_t no_row = 0;
    const char *const *names = nullptr;
    const std::int64_t *numbers = nullptr;
    if (columns != nullptr) {
      names = columns->size() > 0 ? columns->data() : &no_name;
    }
    if (rows != nullptr) {
      numbers = rows->size() > 0 ? rows->data() : &no_row;
    }
    eqp_dataset *part = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_dataset_select(get(), names, columns != nullptr ? columns->size() : 0, numbers,
                                   rows != nullptr ? rows->size() : 0, &part, error.slot()));
    return adopt(part);
  }

  std::size_t row_count() const noexcept {
    const std::int64_t count = rows();
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

  // The C function has no count of values and reads one for each row, so too few values would be
  // read past their end.
  static void require_count(std::size_t found, std::size_t wanted) {
    if (found != wanted) {
      detail::refuse(std::to_string(found) + " values are given; " + std::to_string(wanted) +
                         " are needed",
                     "values");
    }
  }

  template <typename Number>
  using AddFunction = eqp_status(eqp_dataset *, const char *, const Number *, const std::uint8_t *,
                                 eqp_error **);

  template <typename Number>
  Dataset &add(std::string_view name, Span<const Number> values, const Validity &validity,
               AddFunction<Number> *function) {
    const std::size_t wanted = row_count();
    require_count(values.size(), wanted);
    if (!validity.empty() && validity.size() < wanted / 8 + (wanted % 8 != 0 ? 1 : 0)) {
      detail::refuse("the validity has fewer bits than there are rows", "validity");
    }
    const detail::Text name_text(name, "name");
    detail::ErrorReceiver error;
    error.check(function(handle_.get(), name_text.get(), values.data(),
                         validity.empty() ? nullptr : validity.data(), error.slot()));
    return *this;
  }

  Dataset &add_pointers(std::string_view name, const detail::TextArray &texts) {
    require_count(texts.size(), row_count());
    const detail::Text name_text(name, "name");
    detail::ErrorReceiver error;
    error.check(eqp_dataset_add_text(handle_.get(), name_text.get(), texts.data(), error.slot()));
    return *this;
  }

  Handle handle_;
};

} // namespace equipoise

#endif
