// From decisions to a page: audits a table of another system's decisions, judges it by a policy,
// and writes a page for readers.
//
//   audit_page DECISIONS.csv AUDIT.json PAGE
//
// The configuration names the columns and the policy: {"data": {"label": "repaid", "prediction":
// "decision", "sensitive": ["sex"]}, "policy": {"require": ["four_fifths"]}}. PAGE ends in .html,
// .md or .svg. The exit status is 0 when the policy is met, else 3.
#include "files.hpp"
#include "json.hpp"

#include <equipoise/equipoise.hpp>

#include <cstdio>
#include <exception>
#include <string>

// The format according to a page's name.
static std::string format_of(const std::string &page) {
  const std::string ending = page.substr(page.rfind('.') + 1);
  return ending == "md" ? "markdown" : ending;
}

int main(int count, char **arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: audit_page DECISIONS.csv AUDIT.json PAGE\n");
    return 2;
  }
  try {
    const std::string page = arguments[3];
    const auto decisions = equipoise::Dataset::open(arguments[1]);
    const std::string report = equipoise::audit(decisions, read_text(arguments[2]));
    equipoise::render_report(report, format_of(page), page);
    const Json verdict = Json::parse(report)["verdict"];
    for (const auto &rule : verdict["rules"].members()) {
      std::printf("%s: %s\n", rule.second["result"].text().c_str(),
                  rule.second["because"].text().c_str());
    }
    std::printf("the verdict is %s; the page is %s\n", verdict["result"].text().c_str(),
                page.c_str());
    return verdict["result"].text() == "pass" ? 0 : 3;
  } catch (const equipoise::Error &error) {
    std::fprintf(stderr, "%s: %s\n", error.location().c_str(), error.what());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 1;
}
