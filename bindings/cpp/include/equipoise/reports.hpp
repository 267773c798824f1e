// reports.hpp - audits of other systems' decisions, and reports as pages.
#ifndef EQUIPOISE_REPORTS_HPP
#define EQUIPOISE_REPORTS_HPP

#include "equipoise/dataset.hpp"
#include "equipoise/error.hpp"
#include "equipoise/text.hpp"

#include <string>
#include <string_view>

namespace equipoise {

/// An audit without a model: `config_json` names the columns that hold another system's decisions
/// ("prediction") or scores ("score").
inline std::string audit(const Dataset &dataset, std::string_view config_json) {
  const detail::Text config(config_json, "config_json");
  char *report = nullptr;
  detail::ErrorReceiver error;
  error.check(eqp_audit(nullptr, dataset.get(), config.get(), &report, error.slot()));
  return detail::to_string(detail::LibraryText(report));
}

/// Writes a report as "html", "markdown" or "svg".
inline void render_report(std::string_view report_json, std::string_view format,
                          std::string_view path) {
  const detail::Text report(report_json, "report_json");
  const detail::Text format_text(format, "format");
  const detail::Text path_text(path, "path");
  detail::ErrorReceiver error;
  error.check(eqp_report_render(report.get(), format_text.get(), path_text.get(), error.slot()));
}

} // namespace equipoise

#endif
