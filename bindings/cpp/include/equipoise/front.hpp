// front.hpp - a search for the best candidate, and the models that it found.
#ifndef EQUIPOISE_FRONT_HPP
#define EQUIPOISE_FRONT_HPP

#include "equipoise/dataset.hpp"
#include "equipoise/error.hpp"
#include "equipoise/hooks.hpp"
#include "equipoise/model.hpp"
#include "equipoise/text.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace equipoise {

/// The model that a rule chose: its index in the front, and why, with its certificate, as JSON.
struct Choice {
  std::int64_t index;
  std::string report_json;
};

/// The models of a search that no other candidate dominates, from the best quality to the smallest
/// gaps.
class Front {
public:
  /// Trains the candidates of `config_json`, which has a "search". A share of `train` is set aside
  /// for the certificate.
  static Front search(const Model &base, const Dataset &train, std::string_view config_json,
                      const Hooks &hooks = {}) {
    return searched(base, train, nullptr, config_json, hooks);
  }
  /// The same with rows for the certificate.
  static Front search(const Model &base, const Dataset &train, const Dataset &validation,
                      std::string_view config_json, const Hooks &hooks = {}) {
    return searched(base, train, validation.get(), config_json, hooks);
  }

  /// Loads a front from a folder that save() wrote, or from the "directory" of a finished search.
  static Front load(std::string_view path, const Hooks &hooks = {}) {
    const detail::Text path_text(path, "path");
    const detail::HooksBridge bridge(hooks);
    eqp_front *front = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_front_load(path_text.get(), bridge.get(), &front, error.slot()));
    return adopt(front);
  }

  /// Takes ownership of a handle from the C functions.
  static Front adopt(eqp_front *front) noexcept { return Front(Handle(front)); }

  /// The number of models, at least 1.
  std::int64_t size() const noexcept { return eqp_front_count(get()); }

  /// A model, with the report of its training; the first one has the best quality.
  FineTuned at(std::int64_t index) const {
    eqp_model *model = nullptr;
    char *report = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_front_model(get(), index, &model, &report, error.slot()));
    Model owned = Model::adopt(model);
    return {std::move(owned), detail::to_string(detail::LibraryText(report))};
  }

  /// Chooses a model by a rule, such as {"rule": "knee"}.
  Choice choose(std::string_view rule_json = {}) const {
    const detail::Text rule(rule_json, "rule_json");
    std::int64_t index = 0;
    char *report = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_front_choose(get(), rule.get(), &index, &report, error.slot()));
    return {index, detail::to_string(detail::LibraryText(report))};
  }

  /// The goals, the models, all candidates, the choice and its certificate, as JSON.
  std::string describe() const {
    return detail::to_string(detail::LibraryText(eqp_front_describe(get())));
  }

  /// Saves all models to a folder.
  void save(std::string_view path, const Hooks &hooks = {}) const {
    const detail::Text path_text(path, "path");
    const detail::HooksBridge bridge(hooks);
    detail::ErrorReceiver error;
    bridge.check(error, eqp_front_save(get(), path_text.get(), bridge.get(), error.slot()));
  }

  const eqp_front *get() const noexcept { return handle_.get(); }
  /// Gives up the handle, which the caller must release.
  [[nodiscard]] eqp_front *release() noexcept { return handle_.release(); }

private:
  struct Free {
    void operator()(eqp_front *front) const noexcept { eqp_front_free(front); }
  };
  using Handle = std::unique_ptr<eqp_front, Free>;

  explicit Front(Handle handle) noexcept : handle_(std::move(handle)) {}

  static Front searched(const Model &base, const Dataset &train, const eqp_dataset *validation,
                        std::string_view config_json, const Hooks &hooks) {
    const detail::Text config(config_json, "config_json");
    const detail::HooksBridge bridge(hooks);
    eqp_front *front = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_search(base.get(), train.get(), validation, config.get(), bridge.get(),
                                   &front, error.slot()));
    return adopt(front);
  }

  Handle handle_;
};

} // namespace equipoise

#endif
