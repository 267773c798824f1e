// error.hpp - the exception that a failed call throws.
#ifndef EQUIPOISE_ERROR_HPP
#define EQUIPOISE_ERROR_HPP

#include "equipoise/equipoise.h"

#include <memory>
#include <stdexcept>
#include <string>

namespace equipoise {

/// The kinds of failure; the C header says what each means.
enum class Status : eqp_status {
  ok = EQP_OK,
  invalid_argument = EQP_INVALID_ARGUMENT,
  invalid_config = EQP_INVALID_CONFIG,
  invalid_data = EQP_INVALID_DATA,
  invalid_model = EQP_INVALID_MODEL,
  unsupported = EQP_UNSUPPORTED,
  io = EQP_IO,
  out_of_memory = EQP_OUT_OF_MEMORY,
  cancelled = EQP_CANCELLED,
  refused = EQP_REFUSED,
  integrity = EQP_INTEGRITY,
  internal = EQP_INTERNAL
};

/// The name of a status, for logs; valid for ever.
inline const char *status_name(Status status) noexcept {
  const char *name = eqp_status_name(static_cast<eqp_status>(status));
  return name != nullptr ? name : "unknown";
}

/// Every failure of the library. `what()` is one sentence for people: what was wrong, where, and
/// what would be accepted. `location()` is for programs: a JSON pointer, file:line, a column, or
/// "".
class Error : public std::runtime_error {
public:
  Error(Status status, const std::string &message, std::string location = {})
      : std::runtime_error(message), status_(status),
        location_(std::make_shared<const std::string>(std::move(location))) {}

  Status status() const noexcept { return status_; }
  const std::string &location() const noexcept { return *location_; }

private:
  Status status_;
  // Shared, so that copying an exception cannot throw.
  std::shared_ptr<const std::string> location_;
};

namespace detail {

/// Receives the eqp_error of one call and throws it as an Error.
class ErrorReceiver {
public:
  ErrorReceiver() = default;
  ErrorReceiver(const ErrorReceiver &) = delete;
  ErrorReceiver &operator=(const ErrorReceiver &) = delete;
  ~ErrorReceiver() { eqp_error_free(error_); }

  eqp_error **slot() noexcept { return &error_; }

  /// Throws unless `status` is success.
  void check(eqp_status status) const {
    if (status != EQP_OK) {
      raise(status);
    }
  }

private:
  // Separate from `check`, so that the path of success stays short.
  [[noreturn]] void raise(eqp_status status) const {
    // Without an object there was no memory even for one: only the status is known.
    const char *message = error_ != nullptr ? eqp_error_message(error_) : eqp_status_name(status);
    const char *location = error_ != nullptr ? eqp_error_location(error_) : "";
    if (error_ != nullptr) {
      status = eqp_error_status(error_);
    }
    throw Error(static_cast<Status>(status), message != nullptr ? message : "unknown failure",
                location != nullptr ? location : "");
  }

  eqp_error *error_ = nullptr;
};

} // namespace detail
} // namespace equipoise

#endif
