// transform.hpp - changes rows before training, to make them fairer.
#ifndef EQUIPOISE_TRANSFORM_HPP
#define EQUIPOISE_TRANSFORM_HPP

#include "equipoise/dataset.hpp"
#include "equipoise/error.hpp"
#include "equipoise/hooks.hpp"
#include "equipoise/span.hpp"
#include "equipoise/text.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace equipoise {

struct FittedTransform;

/// Steps that were fitted to rows and can change other rows in the same way.
class Transform {
public:
  /// Fits the steps of a configuration to rows and changes these rows.
  static FittedTransform fit(const Dataset &rows, std::string_view config_json,
                             const Hooks &hooks = {});

  /// Restores a transform that save() wrote.
  static Transform load(Span<const std::byte> bytes) {
    eqp_transform *transform = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_transform_load(bytes.data(), bytes.size(), &transform, error.slot()));
    return adopt(transform);
  }

  /// Takes ownership of a handle from the C functions.
  static Transform adopt(eqp_transform *transform) noexcept { return Transform(Handle(transform)); }

  /// Changes other rows by the fitted steps. Each row stays a row, at the same index.
  Dataset apply(const Dataset &rows, const Hooks &hooks = {}) const {
    const detail::HooksBridge bridge(hooks);
    eqp_dataset *applied = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error,
                 eqp_transform_apply(get(), rows.get(), bridge.get(), &applied, error.slot()));
    return Dataset::adopt(applied);
  }

  std::vector<std::byte> save() const {
    void *memory = nullptr;
    std::size_t count = 0;
    detail::ErrorReceiver error;
    error.check(eqp_transform_save(get(), &memory, &count, error.slot()));
    const std::unique_ptr<void, detail::Release> owner(memory);
    const auto *bytes = static_cast<const std::byte *>(memory);
    return std::vector<std::byte>(bytes, bytes + count);
  }

  /// The steps and what they learnt, as JSON.
  std::string describe() const {
    return detail::to_string(detail::LibraryText(eqp_transform_describe(get())));
  }

  const eqp_transform *get() const noexcept { return handle_.get(); }
  /// Gives up the handle, which the caller must release.
  [[nodiscard]] eqp_transform *release() noexcept { return handle_.release(); }

private:
  struct Free {
    void operator()(eqp_transform *transform) const noexcept { eqp_transform_free(transform); }
  };
  using Handle = std::unique_ptr<eqp_transform, Free>;

  explicit Transform(Handle handle) noexcept : handle_(std::move(handle)) {}

  Handle handle_;
};

/// A transform, the changed rows to which it was fitted, and the report of its steps.
struct FittedTransform {
  Transform transform;
  Dataset rows;
  std::string report_json;
};

inline FittedTransform Transform::fit(const Dataset &rows, std::string_view config_json,
                                      const Hooks &hooks) {
  const detail::Text config(config_json, "config_json");
  const detail::HooksBridge bridge(hooks);
  eqp_transform *transform = nullptr;
  eqp_dataset *prepared = nullptr;
  char *report = nullptr;
  detail::ErrorReceiver error;
  bridge.check(error, eqp_transform_fit(rows.get(), config.get(), bridge.get(), &transform,
                                        &prepared, &report, error.slot()));
  Transform fitted = Transform::adopt(transform);
  Dataset changed = Dataset::adopt(prepared);
  return {std::move(fitted), std::move(changed), detail::to_string(detail::LibraryText(report))};
}

} // namespace equipoise

#endif
