// model.hpp - a model: load, fine-tune, predict, save.
#ifndef EQUIPOISE_MODEL_HPP
#define EQUIPOISE_MODEL_HPP

#include "equipoise/dataset.hpp"
#include "equipoise/error.hpp"
#include "equipoise/hooks.hpp"
#include "equipoise/reports.hpp"
#include "equipoise/span.hpp"
#include "equipoise/text.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace equipoise {

struct FineTuned;

namespace detail {

/// The number of columns of a block of rows.
inline std::size_t columns_of(Span<const float> features, std::size_t rows) {
  if (rows == 0 ? !features.empty() : features.size() % rows != 0) {
    refuse(std::to_string(features.size()) + " features do not make " + std::to_string(rows) +
               " rows of equal length",
           "features");
  }
  return rows == 0 ? 0 : features.size() / rows;
}

/// Throws unless a list is empty or has an element for each row, because C reads one for each row.
inline void require_rows(std::size_t count, std::size_t rows, const char *name) {
  if (count != 0 && count != rows) {
    refuse(std::to_string(count) + " " + name + " are given for " + std::to_string(rows) + " rows",
           name);
  }
}

} // namespace detail

/// A model. It never changes: tuning returns a new one, and any number of threads may predict with
/// this one at the same time. It can be moved but not copied; a moved-from model may only be
/// assigned to or destroyed.
class Model {
public:
  /// Reads a model from a file or directory in any supported format.
  static Model load(std::string_view path, std::string_view options_json = {},
                    const Hooks &hooks = {}) {
    const detail::Text path_text(path, "path");
    const detail::Text options(options_json, "options_json");
    const detail::HooksBridge bridge(hooks);
    eqp_model *model = nullptr;
    detail::ErrorReceiver error;
    bridge.check(
        error, eqp_model_load(path_text.get(), options.get(), bridge.get(), &model, error.slot()));
    return adopt(model);
  }

  /// Reads a model from memory: a file's bytes, or a tar archive of a directory.
  static Model load_memory(Span<const std::byte> bytes, std::string_view options_json = {},
                           const Hooks &hooks = {}) {
    const detail::Text options(options_json, "options_json");
    const detail::HooksBridge bridge(hooks);
    eqp_model *model = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_model_load_memory(bytes.data(), bytes.size(), options.get(),
                                              bridge.get(), &model, error.slot()));
    return adopt(model);
  }

  /// An untrained model: {"kind": "mlp", "hidden": [64, 32]}, {"kind": "logistic"} ...
  static Model create(std::string_view architecture_json) {
    const detail::Text architecture(architecture_json, "architecture_json");
    eqp_model *model = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_model_new(architecture.get(), &model, error.slot()));
    return adopt(model);
  }

  /// Takes ownership of a handle from the C functions.
  static Model adopt(eqp_model *model) noexcept { return Model(Handle(model)); }

  /// Writes the file atomically: the old one stays until the new one is complete.
  void save(std::string_view path, std::string_view options_json = {},
            const Hooks &hooks = {}) const {
    const detail::Text path_text(path, "path");
    const detail::Text options(options_json, "options_json");
    const detail::HooksBridge bridge(hooks);
    detail::ErrorReceiver error;
    bridge.check(error,
                 eqp_model_save(get(), path_text.get(), options.get(), bridge.get(), error.slot()));
  }

  /// The model as a file's bytes, or a tar archive of the directory that save() writes.
  std::vector<std::byte> save_memory(std::string_view options_json = {},
                                     const Hooks &hooks = {}) const {
    const detail::Text options(options_json, "options_json");
    const detail::HooksBridge bridge(hooks);
    void *memory = nullptr;
    std::size_t count = 0;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_model_save_memory(get(), options.get(), bridge.get(), &memory, &count,
                                              error.slot()));
    const std::unique_ptr<void, detail::Release> owner(memory);
    const auto *bytes = static_cast<const std::byte *>(memory);
    return std::vector<std::byte>(bytes, bytes + count);
  }

  /// JSON: kind, parameters, inputs, outputs, policy, provenance.
  std::string describe() const {
    return detail::to_string(detail::LibraryText(eqp_model_describe(get())));
  }

  /// A new model, tuned on `train` under the constraints of `config_json`. A tenth of `train` is
  /// set aside for validation.
  FineTuned finetune(const Dataset &train, std::string_view config_json,
                     const Hooks &hooks = {}) const;
  /// The same with validation rows, for early stopping, the best epoch and the report's audits.
  FineTuned finetune(const Dataset &train, const Dataset &validation, std::string_view config_json,
                     const Hooks &hooks = {}) const;

  /// A new model with the same weights, whose scores and decisions are adjusted by the methods of
  /// `config_json`, learnt from `rows`.
  FineTuned adjust(const Dataset &rows, std::string_view config_json,
                   const Hooks &hooks = {}) const;
  /// A model without a network that reads another system's scores, which are a column of `rows`,
  /// and decides on them by the methods of `config_json`.
  static FineTuned adjust_scores(const Dataset &rows, std::string_view config_json,
                                 const Hooks &hooks = {});

  /// A dataset with the columns score (or score_<class>), label, and those that the options
  /// request.
  Dataset predict(const Dataset &inputs, std::string_view options_json = {},
                  const Hooks &hooks = {}) const {
    const detail::Text options(options_json, "options_json");
    const detail::HooksBridge bridge(hooks);
    eqp_dataset *predictions = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_predict(get(), inputs.get(), options.get(), bridge.get(), &predictions,
                                    error.slot()));
    return Dataset::adopt(predictions);
  }

  /// The fast path for services, without allocation after the first calls: from `features`,
  /// row-major (rows, columns) in the model's input order, to `scores` (rows, outputs).
  void predict_into(Span<const float> features, Span<float> scores, std::size_t rows = 1) const {
    const std::size_t columns = detail::columns_of(features, rows);
    detail::ErrorReceiver error;
    error.check(eqp_predict_f32(get(), features.data(), rows, columns, scores.data(), scores.size(),
                                error.slot()));
  }

  /// Scores and labels without a dataset. `labels` receives the index of each row's label among the
  /// classes of describe(), -1 for a row without an answer, or (rows, outputs) zeros and ones for
  /// several labels. `groups` and `keys` are empty or have a number for each row.
  void decide_into(Span<const float> features, Span<float> scores, Span<std::int32_t> labels,
                   std::size_t rows = 1, Span<const std::int32_t> groups = {},
                   Span<const std::uint64_t> keys = {}) const {
    const std::size_t columns = detail::columns_of(features, rows);
    detail::require_rows(groups.size(), rows, "groups");
    detail::require_rows(keys.size(), rows, "keys");
    detail::ErrorReceiver error;
    error.check(eqp_decide_f32(get(), features.data(), rows, columns,
                               groups.empty() ? nullptr : groups.data(),
                               keys.empty() ? nullptr : keys.data(), scores.data(), scores.size(),
                               labels.data(), labels.size(), error.slot()));
  }

  /// Writes the values of a parameter, row-major, to `values`, which must have room for all of
  /// them. describe() has the names and shapes.
  void parameter(std::string_view name, Span<float> values) const {
    const detail::Text name_text(name, "name");
    detail::ErrorReceiver error;
    error.check(eqp_model_parameter_f32(get(), name_text.get(), values.data(), values.size(),
                                        error.slot()));
  }

  /// A model with other values, of the same number, in some parameters. This model does not change.
  Model with_parameters(
      const std::vector<std::pair<std::string, std::vector<float>>> &replacements) const {
    std::vector<const char *> names;
    std::vector<const float *> values;
    std::vector<std::size_t> lengths;
    for (const auto &[name, numbers] : replacements) {
      detail::require_no_nul(name, "names");
      names.push_back(name.c_str());
      values.push_back(numbers.data());
      lengths.push_back(numbers.size());
    }
    eqp_model *changed = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_model_with_parameters(get(), names.data(), values.data(), lengths.data(),
                                          names.size(), &changed, error.slot()));
    return adopt(changed);
  }

  /// Scores of texts (rows, outputs) for models that read text. `texts` must not contain null
  /// pointers.
  void predict_text(Span<const char *const> texts, Span<float> scores) const {
    detail::ErrorReceiver error;
    error.check(eqp_predict_text(get(), texts.data(), texts.size(), scores.data(), scores.size(),
                                 error.slot()));
  }
  /// The same from a range of std::string or std::string_view, which are copied first.
  template <typename Texts, typename = std::enable_if_t<
                                !std::is_convertible_v<const Texts &, Span<const char *const>>>>
  void predict_text(const Texts &texts, Span<float> scores) const {
    const detail::TextArray pointers(texts, "texts");
    predict_text(Span<const char *const>(pointers.data(), pointers.size()), scores);
  }

  /// A report, as JSON, of how the model treats the groups of `dataset`.
  std::string audit(const Dataset &dataset, std::string_view config_json,
                    const Hooks &hooks = {}) const {
    return detail::audit(get(), dataset, nullptr, config_json, hooks);
  }
  /// The same, which also says how the rows differ from those of `reference`.
  std::string audit(const Dataset &dataset, const Dataset &reference, std::string_view config_json,
                    const Hooks &hooks = {}) const {
    return detail::audit(get(), dataset, &reference, config_json, hooks);
  }

  const eqp_model *get() const noexcept { return handle_.get(); }
  /// Gives up the handle, which the caller must release.
  [[nodiscard]] eqp_model *release() noexcept { return handle_.release(); }

private:
  struct Free {
    void operator()(eqp_model *model) const noexcept { eqp_model_free(model); }
  };
  using Handle = std::unique_ptr<eqp_model, Free>;

  explicit Model(Handle handle) noexcept : handle_(std::move(handle)) {}

  FineTuned finetune_with(const Dataset &train, const Dataset *validation,
                          std::string_view config_json, const Hooks &hooks) const;
  static FineTuned adjusted(const eqp_model *base, const Dataset &rows,
                            std::string_view config_json, const Hooks &hooks);

  Handle handle_;
};

/// The result of a fine-tuning or an adjustment.
struct FineTuned {
  Model model;
  std::string report_json;
};

inline FineTuned Model::adjust(const Dataset &rows, std::string_view config_json,
                               const Hooks &hooks) const {
  return adjusted(get(), rows, config_json, hooks);
}

inline FineTuned Model::adjust_scores(const Dataset &rows, std::string_view config_json,
                                      const Hooks &hooks) {
  return adjusted(nullptr, rows, config_json, hooks);
}

inline FineTuned Model::adjusted(const eqp_model *base, const Dataset &rows,
                                 std::string_view config_json, const Hooks &hooks) {
  const detail::Text config(config_json, "config_json");
  detail::HooksBridge bridge(hooks);
  eqp_model *adjusted = nullptr;
  char *report = nullptr;
  detail::ErrorReceiver error;
  const eqp_status status = eqp_model_adjust(base, rows.get(), config.get(), bridge.get(),
                                             &adjusted, &report, error.slot());
  // Owned before anything can throw.
  Model model = adopt(adjusted);
  const detail::LibraryText text(report);
  bridge.check(error, status);
  return {std::move(model), detail::to_string(text)};
}

inline FineTuned Model::finetune(const Dataset &train, std::string_view config_json,
                                 const Hooks &hooks) const {
  return finetune_with(train, nullptr, config_json, hooks);
}

inline FineTuned Model::finetune(const Dataset &train, const Dataset &validation,
                                 std::string_view config_json, const Hooks &hooks) const {
  return finetune_with(train, &validation, config_json, hooks);
}

inline FineTuned Model::finetune_with(const Dataset &train, const Dataset *validation,
                                      std::string_view config_json, const Hooks &hooks) const {
  const detail::Text config(config_json, "config_json");
  detail::HooksBridge bridge(hooks);
  eqp_model *tuned = nullptr;
  char *report = nullptr;
  detail::ErrorReceiver error;
  const eqp_status status =
      eqp_finetune(get(), train.get(), validation != nullptr ? validation->get() : nullptr,
                   config.get(), bridge.get(), &tuned, &report, error.slot());
  // Owned before anything can throw.
  Model model = adopt(tuned);
  const detail::LibraryText text(report);
  bridge.check(error, status);
  return {std::move(model), detail::to_string(text)};
}

} // namespace equipoise

#endif
