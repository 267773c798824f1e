// endpoint.hpp - a model in service, which can be replaced while calls are running.
#ifndef EQUIPOISE_ENDPOINT_HPP
#define EQUIPOISE_ENDPOINT_HPP

#include "equipoise/model.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace equipoise {

/// Holds the model in service. Any number of threads may predict through it. Calls that are running
/// while the model is replaced finish with the model with which they began. It can be moved but not
/// copied.
class Endpoint {
public:
  /// Puts a model into service and holds it.
  explicit Endpoint(const Model &model) {
    eqp_endpoint *endpoint = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_endpoint_new(model.get(), &endpoint, error.slot()));
    handle_.reset(endpoint);
  }

  /// Replaces the model by another one with the same inputs, scores and classes.
  void swap(const Model &model) const {
    detail::ErrorReceiver error;
    error.check(eqp_endpoint_swap(handle_.get(), model.get(), error.slot()));
  }

  /// The model in service.
  Model model() const {
    eqp_model *model = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_endpoint_model(get(), &model, error.slot()));
    return Model::adopt(model);
  }

  /// Like Model::predict.
  Dataset predict(const Dataset &inputs, std::string_view options_json = {},
                  const Hooks &hooks = {}) const {
    const detail::Text options(options_json, "options_json");
    const detail::HooksBridge bridge(hooks);
    eqp_dataset *predictions = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_endpoint_predict(get(), inputs.get(), options.get(), bridge.get(),
                                             &predictions, error.slot()));
    return Dataset::adopt(predictions);
  }

  /// Like Model::predict_into.
  void predict_into(Span<const float> features, Span<float> scores, std::size_t rows = 1) const {
    const std::size_t columns = detail::columns_of(features, rows);
    detail::ErrorReceiver error;
    error.check(eqp_endpoint_predict_f32(get(), features.data(), rows, columns, scores.data(),
                                         scores.size(), error.slot()));
  }

  /// Like Model::predict_text.
  void predict_text(Span<const char *const> texts, Span<float> scores) const {
    detail::ErrorReceiver error;
    error.check(eqp_endpoint_predict_text(get(), texts.data(), texts.size(), scores.data(),
                                          scores.size(), error.slot()));
  }

  /// Like Model::decide_into.
  void decide_into(Span<const float> features, Span<float> scores, Span<std::int32_t> labels,
                   std::size_t rows = 1, Span<const std::int32_t> groups = {},
                   Span<const std::uint64_t> keys = {}) const {
    const std::size_t columns = detail::columns_of(features, rows);
    detail::require_rows(groups.size(), rows, "groups");
    detail::require_rows(keys.size(), rows, "keys");
    detail::ErrorReceiver error;
    error.check(eqp_endpoint_decide_f32(get(), features.data(), rows, columns,
                                        groups.empty() ? nullptr : groups.data(),
                                        keys.empty() ? nullptr : keys.data(), scores.data(),
                                        scores.size(), labels.data(), labels.size(), error.slot()));
  }

  const eqp_endpoint *get() const noexcept { return handle_.get(); }

private:
  struct Free {
    void operator()(eqp_endpoint *endpoint) const noexcept { eqp_endpoint_free(endpoint); }
  };
  std::unique_ptr<eqp_endpoint, Free> handle_;
};

} // namespace equipoise

#endif
