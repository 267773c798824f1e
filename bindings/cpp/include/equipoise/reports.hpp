// reports.hpp - audits of other systems' decisions, and reports as pages.
#ifndef EQUIPOISE_REPORTS_HPP
#define EQUIPOISE_REPORTS_HPP

#include "equipoise/dataset.hpp"
#include "equipoise/error.hpp"
#include "equipoise/hooks.hpp"
#include "equipoise/text.hpp"

#include <string>
#include <string_view>

namespace equipoise {

namespace detail {

inline std::string audit(const eqp_model *model, const Dataset &dataset, const Dataset *reference,
                         std::string_view config_json, const Hooks &hooks) {
  const Text config(config_json, "config_json");
  const HooksBridge bridge(hooks);
  char *report = nullptr;
  ErrorReceiver error;
  bridge.check(error,
               eqp_audit(model, dataset.get(), reference != nullptr ? reference->get() : nullptr,
                         config.get(), bridge.get(), &report, error.slot()));
  return to_string(LibraryText(report));
}

} // namespace detail

/// An audit without a model: `config_json` names the columns with another system's decisions
/// ("prediction") or scores ("score").
inline std::string audit(const Dataset &dataset, std::string_view config_json,
                         const Hooks &hooks = {}) {
  return detail::audit(nullptr, dataset, nullptr, config_json, hooks);
}
/// The same, which also says how the rows differ from those of `reference`.
inline std::string audit(const Dataset &dataset, const Dataset &reference,
                         std::string_view config_json, const Hooks &hooks = {}) {
  return detail::audit(nullptr, dataset, &reference, config_json, hooks);
}

/// Writes a report as "html", "markdown", "svg" or "classification_report".
inline void render_report(std::string_view report_json, std::string_view format,
                          std::string_view path) {
  const detail::Text report(report_json, "report_json");
  const detail::Text format_text(format, "format");
  const detail::Text path_text(path, "path");
  detail::ErrorReceiver error;
  error.check(eqp_report_render(report.get(), format_text.get(), path_text.get(), error.slot()));
}

/// The same as a text.
inline std::string report_text(std::string_view report_json, std::string_view format) {
  const detail::Text report(report_json, "report_json");
  const detail::Text format_text(format, "format");
  char *text = nullptr;
  detail::ErrorReceiver error;
  error.check(eqp_report_text(report.get(), format_text.get(), &text, error.slot()));
  return detail::to_string(detail::LibraryText(text));
}

/// The number at a JSON pointer such as "/overall/accuracy"; NaN if the report has null.
inline double report_number(std::string_view report_json, std::string_view pointer) {
  const detail::Text report(report_json, "report_json");
  const detail::Text place(pointer, "pointer");
  double number = 0;
  detail::ErrorReceiver error;
  error.check(eqp_report_number(report.get(), place.get(), &number, error.slot()));
  return number;
}

/// The value at a JSON pointer: a string without its quotes, anything else as JSON.
inline std::string report_value(std::string_view report_json, std::string_view pointer) {
  const detail::Text report(report_json, "report_json");
  const detail::Text place(pointer, "pointer");
  char *text = nullptr;
  detail::ErrorReceiver error;
  error.check(eqp_report_value(report.get(), place.get(), &text, error.slot()));
  return detail::to_string(detail::LibraryText(text));
}

/// Throws Status::refused, with the rule as the location, unless the report's policy is met.
inline void check_policy(std::string_view report_json) {
  const detail::Text report(report_json, "report_json");
  detail::ErrorReceiver error;
  error.check(eqp_policy_check(report.get(), error.slot()));
}

} // namespace equipoise

#endif
