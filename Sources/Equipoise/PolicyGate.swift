import Fairness
import Platform

/// Lets pass what meets its policy.
public enum PolicyGate {
  /// - Throws: `refused` (location: the rule) when a report's verdict is not that its policy is met; `invalidArgument`
  ///   for what has no verdict.
  public static func check(_ report: JSONValue) throws {
    guard let verdict = report["verdict"], let result = verdict["result"]?.string else {
      throw Failure.invalidArgument(
        "report_json has no verdict; an audit, an auditor or a tuning with a \"policy\" gives one",
        at: "report_json")
    }
    try refuse(verdict, result)
  }

  private static func refuse(_ verdict: JSONValue, _ result: String) throws {
    guard result != Verdict.Outcome.pass.rawValue else { return }
    // The first rule that failed, else the first that is not decided.
    let rules = verdict["rules"]?.array ?? []
    let rule =
      rules.first { $0["result"]?.string == Verdict.Outcome.fail.rawValue }
      ?? rules.first { $0["result"]?.string != Verdict.Outcome.pass.rawValue }
    let name = rule?["metric"]?.string ?? ""
    throw Failure(
      .refused, "the policy is not met: \(rule?["because"]?.string ?? "its verdict is \"\(result)\"")",
      at: name)
  }
}
