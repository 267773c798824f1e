// hooks.hpp - what a host may lend to work that takes long: progress, a request to stop,
// collectives.
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

/// A request to stop: any thread makes it, and the calls that carry it throw Status::cancelled.
class Cancel {
public:
  Cancel() {
    eqp_cancel *cancel = nullptr;
    detail::ErrorReceiver error;
    error.check(eqp_cancel_new(&cancel, error.slot()));
    handle_.reset(cancel);
  }

  /// Asks the calls to stop; a signal handler may do so, too.
  void request() const noexcept { eqp_cancel_request(handle_.get()); }
  bool requested() const noexcept { return eqp_cancel_requested(handle_.get()) != 0; }
  /// Takes the request back, so that it serves again.
  void reset() const noexcept { eqp_cancel_reset(handle_.get()); }

  const eqp_cancel *get() const noexcept { return handle_.get(); }

private:
  struct Free {
    void operator()(eqp_cancel *cancel) const noexcept { eqp_cancel_free(cancel); }
  };
  std::unique_ptr<eqp_cancel, Free> handle_;
};

struct Hooks {
  /// Called on the thread that made the call, with a JSON object: phase, step, steps, eta_seconds;
  /// of training also epoch, loss, gaps, rows_per_second. `stop` makes the call throw
  /// Status::cancelled; an exception stops the work too and comes out of the call as it was thrown.
  std::function<Progress(std::string_view event_json)> progress;

  /// Collectives of an existing engine (MPI, Gloo, ...); null: this process alone. Its functions
  /// are called from C and must not throw. It must live until finetune returns.
  const eqp_communicator *communicator = nullptr;

  /// A request to stop; null: none. It must live until the call returns.
  const Cancel *cancel = nullptr;
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
    raw_.cancel = hooks.cancel != nullptr ? hooks.cancel->get() : nullptr;
  }
  HooksBridge(const HooksBridge &) = delete;
  HooksBridge &operator=(const HooksBridge &) = delete;

  const eqp_hooks *get() const noexcept { return &raw_; }

  /// Throws what the progress function threw, or else the call's own failure.
  void check(const ErrorReceiver &error, eqp_status status) const {
    rethrow();
    error.check(status);
  }

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
