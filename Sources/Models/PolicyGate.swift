import Configurations
import Datasets
import Fairness
import Platform

/// Checks whether a policy is met.
public enum PolicyGate {
  /// - Throws: `refused` (location: the rule) unless the report's verdict is that the policy is met;
  ///   `invalidArgument` for a report without a verdict.
  public static func check(_ report: JSONValue) throws {
    guard let verdict = report["verdict"], verdict["result"]?.string != nil else {
      throw Failure.invalidArgument(
        "report_json has no verdict; an audit, an auditor or a tuning with a \"policy\" gives one",
        at: "report_json")
    }
    if let refusal = refusal(verdict) { throw refusal }
  }

  /// The error for a verdict that the policy is not met; nil if it is met.
  ///
  /// - Parameter verdict: null if the policy was not judged.
  package static func refusal(_ verdict: JSONValue) -> Failure? {
    let result = verdict["result"]?.string
    guard result != Verdict.Outcome.pass.rawValue else { return nil }
    // The first rule that failed; otherwise the first that is undecided.
    let rules = verdict["rules"]?.array ?? []
    let rule =
      rules.first { $0["result"]?.string == Verdict.Outcome.fail.rawValue }
      ?? rules.first { $0["result"]?.string != Verdict.Outcome.pass.rawValue }
    let reason = result == nil ? "it was not judged for these weights" : "its verdict is \"\(result ?? "")\""
    return Failure(
      .refused, "the policy is not met: \(rule?["because"]?.string ?? reason)",
      at: rule?["metric"]?.string ?? "policy")
  }

  /// The error if a model's policy closes a gate; nil if the gate is open.
  ///
  /// - Throws: `invalidModel` for an invalid policy.
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
