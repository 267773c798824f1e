import Configurations
import Datasets
import Fairness
import Platform

/// Lets pass what meets its policy.
public enum PolicyGate {
  /// - Throws: `refused` (location: the rule) when a report's verdict is not that its policy is met; `invalidArgument`
  ///   for what has no verdict.
  public static func check(_ report: JSONValue) throws {
    guard let verdict = report["verdict"], verdict["result"]?.string != nil else {
      throw Failure.invalidArgument(
        "report_json has no verdict; an audit, an auditor or a tuning with a \"policy\" gives one",
        at: "report_json")
    }
    if let refusal = refusal(verdict) { throw refusal }
  }

  /// Why a verdict lets nothing pass; nil when the policy is met.
  ///
  /// - Parameter verdict: null where the policy was not judged.
  package static func refusal(_ verdict: JSONValue) -> Failure? {
    let result = verdict["result"]?.string
    guard result != Verdict.Outcome.pass.rawValue else { return nil }
    // The first rule that failed, else the first that is not decided.
    let rules = verdict["rules"]?.array ?? []
    let rule =
      rules.first { $0["result"]?.string == Verdict.Outcome.fail.rawValue }
      ?? rules.first { $0["result"]?.string != Verdict.Outcome.pass.rawValue }
    let reason = result == nil ? "it was not judged for these weights" : "its verdict is \"\(result ?? "")\""
    return Failure(
      .refused, "the policy is not met: \(rule?["because"]?.string ?? reason)",
      at: rule?["metric"]?.string ?? "policy")
  }

  /// Why a model may not pass a gate; nil when it may.
  ///
  /// - Throws: `invalidModel` for a policy that is none.
  package static func refusal(_ gate: PolicyConfig.Gate, policy: JSONValue, verdict: JSONValue) throws
    -> Failure?
  {
    guard policy != .null else { return nil }
    let config: PolicyConfig
    do {
      config = try PolicyConfig.decoded(policy, at: "/policy")
    } catch let failure as Failure {
      throw Failure.invalidModel("its policy is malformed: \(failure.message)", at: failure.location)
    }
    return config.enforce.contains(gate) ? refusal(verdict) : nil
  }
}
