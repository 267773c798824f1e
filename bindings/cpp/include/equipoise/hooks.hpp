// hooks.hpp - what a host may lend to a fine-tuning: a progress function and collectives.
#ifndef EQUIPOISE_HOOKS_HPP
#define EQUIPOISE_HOOKS_HPP

#include "equipoise/error.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>

namespace equipoise {

/// The answer of a progress function.
enum class Progress { proceed, stop };

struct Hooks {
  /// Called on the thread that called finetune, with a JSON object: phase, epoch, step, steps,
  /// loss, gaps, rows_per_second, eta_seconds. `stop` makes finetune throw Status::cancelled; an
  /// exception stops the work too and comes out of finetune as it was thrown.
  std::function<Progress(std::string_view event_json)> progress;

  /// Collectives of an existing engine (MPI, Gloo, ...); null: this process alone. Its functions
  /// are called from C and must not throw. It must live until finetune returns.
  const eqp_communicator *communicator = nullptr;
};

namespace detail {

/// Hooks in the shape that C takes. Stays where it is while a call uses it.
class HooksBridge {
public:
  explicit HooksBridge(const Hooks &hooks) : progress_(hooks.progress) {
    raw_.struct_size = static_cast<std::uint32_t>(sizeof(eqp_hooks));
    raw_.context = this;
    raw_.progress = progress_ ? &HooksBridge::receive : nullptr;
    raw_.communicator = hooks.communicator;
  }
  HooksBridge(const HooksBridge &) = delete;
  HooksBridge &operator=(const HooksBridge &) = delete;

  const eqp_hooks *get() const noexcept { return &raw_; }

  /// Throws what the progress function threw, if it did.
  void rethrow() const {
    if (thrown_) {
      std::rethrow_exception(thrown_);
    }
  }

private:
  static std::int32_t receive(void *context, const char *event_json) noexcept {
    auto *bridge = static_cast<HooksBridge *>(context);
    try {
      const auto answer = bridge->progress_(event_json != nullptr ? event_json : "");
      return answer == Progress::stop ? 1 : 0;
    } catch (...) {
      // No exception may cross the C functions: it is kept, and the work is asked to stop.
      bridge->thrown_ = std::current_exception();
      return 1;
    }
  }

  const std::function<Progress(std::string_view)> &progress_;
  std::exception_ptr thrown_;
  eqp_hooks raw_{};
};

} // namespace detail
} // namespace equipoise

#endif
