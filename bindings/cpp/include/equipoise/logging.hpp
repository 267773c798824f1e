// logging.hpp - where the library's messages go.
#ifndef EQUIPOISE_LOGGING_HPP
#define EQUIPOISE_LOGGING_HPP

#include "equipoise/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

namespace equipoise {

enum class LogLevel : std::int32_t { error = 0, warning = 1, info = 2, debug = 3 };

using LogFunction = std::function<void(LogLevel level, std::string_view message)>;

namespace detail {

/// The current function, shared with the calls that are running it, so that replacing it never
/// destroys it while another thread is in it.
class LogSlot {
public:
  static LogSlot &instance() {
    // Never destroyed, because other threads may still log while the process ends.
    static LogSlot &slot = *new LogSlot;
    return slot;
  }

  void set(LogFunction function) {
    auto next = function ? std::make_shared<const LogFunction>(std::move(function)) : nullptr;
    const std::lock_guard<std::mutex> lock(mutex_);
    current_.swap(next);
  }

  static void receive(void *, std::int32_t level, const char *message) noexcept {
    try {
      if (const auto function = instance().get()) {
        (*function)(static_cast<LogLevel>(level), message != nullptr ? message : "");
      }
    } catch (...) {
      // A message that could not be written must not make the work fail.
    }
  }

private:
  std::shared_ptr<const LogFunction> get() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return current_;
  }

  std::mutex mutex_;
  std::shared_ptr<const LogFunction> current_;
};

} // namespace detail

/// Sends messages up to `level` to `function`, for the whole process. An empty function silences
/// the library, which is also its state at the start. `function` is called on the thread that
/// called the library, possibly on several threads at the same time. Its exceptions are ignored.
inline void set_log(LogFunction function, LogLevel level = LogLevel::info) {
  const bool silent = !function;
  detail::LogSlot::instance().set(std::move(function));
  eqp_set_log(silent ? nullptr : &detail::LogSlot::receive, nullptr,
              static_cast<std::int32_t>(level));
}

} // namespace equipoise

#endif
