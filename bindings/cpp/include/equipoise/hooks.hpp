// hooks.hpp - what a host may provide to long work: progress, a request to stop, collectives.
#ifndef EQUIPOISE_HOOKS_HPP
#define EQUIPOISE_HOOKS_HPP

#include "equipoise/error.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>

namespace equipoise {

/// The answer of a progress function.
enum class Progress { proceed, stop };

/// A request to stop. Any thread may make it; calls that have it then throw Status::cancelled.
class Cancel {
public:
  Cancel() {
    eqp_cancel *cancel = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_cancel_new(&cancel, error.slot()));
    handle_.reset(cancel);
  }

  /// Asks the calls to stop. A signal handler may call it.
  void request() const noexcept { eqp_cancel_request(handle_.get()); }
  bool requested() const noexcept { return eqp_cancel_requested(handle_.get()) != 0; }
  /// Withdraws the request, so that the object can be used again.
  void reset() const noexcept { eqp_cancel_reset(handle_.get()); }

  const eqp_cancel *get() const noexcept { return handle_.get(); }

private:
  struct Free {
    void operator()(eqp_cancel *cancel) const noexcept { eqp_cancel_free(cancel); }
  };
  std::unique_ptr<eqp_cancel, Free> handle_;
};

struct Hooks {
  /// Called on the calling thread with a JSON object: phase, step, steps, eta_seconds, and in
  /// training also epoch, loss, gaps, rows_per_second. If it returns `stop`, the call throws
  /// Status::cancelled. An exception also stops the work, and the call rethrows it.
  std::function<Progress(std::string_view event_json)> progress;

  /// Collectives of an existing engine (MPI, Gloo, ...); null for this process alone. Its functions
  /// are called from C and must not throw. It must live until finetune returns.
  const eqp_communicator *communicator = nullptr;

  /// A request to stop; null for none. It must live until the call returns.
  const Cancel *cancel = nullptr;
};

namespace detail {

/// Hooks in C's form. Must not move while a call uses it.
class HooksBridge {
public:
  explicit HooksBridge(const Hooks &hooks) : progress_(hooks.progress) {
    raw_.struct_size = static_cast<std::uint32_t>(sizeof(eqp_hooks));
    raw_.context = this;
    raw_.progress = progress_ ? &HooksBridge::receive : nullptr;
    raw_.communicator = hooks.communicator;
    raw_.cancel = hooks.cancel != nullptr ? hooks.cancel->get() : nullptr;
  }
  HooksBridge(const HooksBridge &) = delete;
  HooksBridge &operator=(const HooksBridge &) = delete;

  const eqp_hooks *get() const noexcept { return &raw_; }

  /// Throws the progress function's exception, or otherwise the call's own failure.
  void check(const ErrorReceiver &error, eqp_status status) const {
    rethrow();
    error.check(status);
  }

  /// Throws the progress function's exception, if there was one.
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
      // No exception may cross the C functions: it is stored, and the work is asked to stop.
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
