// auditor.hpp - audits that do not fit one call, or one machine.
#ifndef EQUIPOISE_AUDITOR_HPP
#define EQUIPOISE_AUDITOR_HPP

#include "equipoise/dataset.hpp"
#include "equipoise/error.hpp"
#include "equipoise/hooks.hpp"
#include "equipoise/model.hpp"
#include "equipoise/span.hpp"
#include "equipoise/text.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace equipoise {

/// The sums of an audit, to which batches and other auditors add. Memory does not grow with the
/// rows. Threads may share one but wait for each other; one for each thread, merged at the end, is
/// faster.
class Auditor {
public:
  explicit Auditor(std::string_view config_json) {
    const detail::Text config(config_json, "config_json");
    eqp_auditor *auditor = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_auditor_new(config.get(), &auditor, error.slot()));
    handle_.reset(auditor);
  }

  /// Restores an auditor that save() wrote.
  static Auditor restore(Span<const std::byte> bytes) {
    eqp_auditor *auditor = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_auditor_restore(bytes.data(), bytes.size(), &auditor, error.slot()));
    return adopt(auditor);
  }

  /// Takes ownership of a handle from the C functions.
  static Auditor adopt(eqp_auditor *auditor) noexcept { return Auditor(Handle(auditor)); }

  Auditor &update(const Dataset &batch, const Hooks &hooks = {}) {
    const detail::HooksBridge bridge(hooks);
    detail::ErrorReceiver error;
    bridge.check(error, eqp_auditor_update(handle_.get(), batch.get(), bridge.get(), error.slot()));
    return *this;
  }

  /// Adds the rows of an Arrow stream, which is released even if this throws.
  Auditor &update(ArrowArrayStream *stream, const Hooks &hooks = {}) {
    const detail::HooksBridge bridge(hooks);
    detail::ErrorReceiver error;
    bridge.check(error,
                 eqp_auditor_update_arrow(handle_.get(), stream, bridge.get(), error.slot()));
    return *this;
  }

  /// Adds rows with a model's decisions on them.
  Auditor &update(const Model &model, const Dataset &batch, const Hooks &hooks = {}) {
    const detail::HooksBridge bridge(hooks);
    detail::ErrorReceiver error;
    bridge.check(error, eqp_auditor_update_model(handle_.get(), model.get(), batch.get(),
                                                 bridge.get(), error.slot()));
    return *this;
  }

  /// Subtracts the rows of another auditor, all of which this one must have.
  Auditor &subtract(const Auditor &other) {
    detail::ErrorReceiver error;
    error.check(eqp_auditor_subtract(handle_.get(), other.get(), error.slot()));
    return *this;
  }

  Auditor &merge(const Auditor &other) {
    detail::ErrorReceiver error;
    error.check(eqp_auditor_merge(handle_.get(), other.get(), error.slot()));
    return *this;
  }

  std::vector<std::byte> save() const {
    void *memory = nullptr;
    std::size_t count = 0;
    detail::ErrorReceiver error;
    error.check(eqp_auditor_save(get(), &memory, &count, error.slot()));
    const std::unique_ptr<void, detail::Release> owner(memory);
    const auto *bytes = static_cast<const std::byte *>(memory);
    return std::vector<std::byte>(bytes, bytes + count);
  }

  /// The report of all rows so far, as JSON.
  std::string report(const Hooks &hooks = {}) const {
    const detail::HooksBridge bridge(hooks);
    char *report = nullptr;
    detail::ErrorReceiver error;
    bridge.check(error, eqp_auditor_report(get(), bridge.get(), &report, error.slot()));
    return detail::to_string(detail::LibraryText(report));
  }

  const eqp_auditor *get() const noexcept { return handle_.get(); }
  /// Gives up the handle, which the caller must release.
  [[nodiscard]] eqp_auditor *release() noexcept { return handle_.release(); }

private:
  struct Free {
    void operator()(eqp_auditor *auditor) const noexcept { eqp_auditor_free(auditor); }
  };
  using Handle = std::unique_ptr<eqp_auditor, Free>;

  explicit Auditor(Handle handle) noexcept : handle_(std::move(handle)) {}

  Handle handle_;
};

} // namespace equipoise

#endif
