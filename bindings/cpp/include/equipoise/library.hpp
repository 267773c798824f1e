// library.hpp - the loaded library itself: versions, threads, schemas.
#ifndef EQUIPOISE_LIBRARY_HPP
#define EQUIPOISE_LIBRARY_HPP

#include "equipoise/error.hpp"
#include "equipoise/text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace equipoise {

/// The version of the loaded library, such as "0.1.0".
inline std::string_view version() noexcept {
  const char *text = eqp_version();
  return text != nullptr ? text : "";
}

/// The ABI version of the loaded library; EQP_ABI_VERSION is that of the header.
inline std::int32_t abi_version() noexcept { return eqp_abi_version(); }

/// Throws Status::unsupported if the ABI version of the loaded library differs from that of the
/// header with which this program was compiled.
inline void require_abi() {
  if (abi_version() != EQP_ABI_VERSION) {
    throw Error(Status::unsupported,
                "the loaded library has binary interface " + std::to_string(abi_version()) +
                    "; this program was compiled for " + std::to_string(EQP_ABI_VERSION));
  }
}

/// JSON: version, compute library, instruction set, threads, and the optional parts found.
inline std::string build_info() { return detail::to_string(detail::LibraryText(eqp_build_info())); }

/// Sets the number of worker threads of each call; 0 for all processors that this process may use.
inline void set_threads(std::int32_t threads) {
  detail::ErrorReceiver error;
  error.check(eqp_set_threads(threads, error.slot()));
}

/// Sets the path of an optional library ("xgboost"), before it is first needed.
inline void set_library(std::string_view name, std::string_view path) {
  detail::ErrorReceiver error;
  error.check(eqp_set_library(detail::Text(name, "name").get(), detail::Text(path, "path").get(),
                              error.slot()));
}
/// Uses the environment and the system's loader again.
inline void set_library(std::string_view name) {
  detail::ErrorReceiver error;
  error.check(eqp_set_library(detail::Text(name, "name").get(), nullptr, error.slot()));
}

/// Restricts files named in configurations to a folder; nothing for no restriction, as at the
/// start.
inline void set_root(std::optional<std::string_view> path) {
  detail::ErrorReceiver error;
  if (path) {
    error.check(eqp_set_root(detail::Text(*path, "path").get(), error.slot()));
  } else {
    error.check(eqp_set_root(nullptr, error.slot()));
  }
}

/// The JSON Schema of a configuration ("finetune", "audit", ...); nothing for an unknown name.
inline std::optional<std::string> config_schema(std::string_view name) {
  const detail::LibraryText schema(eqp_config_schema(detail::Text(name, "name").get()));
  if (!schema) {
    return std::nullopt;
  }
  return std::string(schema.get());
}

} // namespace equipoise

#endif
