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
  static func refusal(_ verdict: JSONValue) -> Failure? {
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
  static func refusal(_ gate: PolicyConfig.Gate, policy: JSONValue, verdict: JSONValue) throws -> Failure? {
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

/// Fine-tunes as `fineTune` does, and lets the policy's gates decide what becomes of the model.
///
/// - Throws: also `refused` (location: the rule) when the policy is enforced for "tune" and not met.
public func fineTuneUnderPolicy(
  _ base: Model, train: Dataset, validation: Dataset?, _ config: FineTuneConfig,
  progress: ((JSONValue) -> Bool)? = nil
) throws -> (model: Model, report: JSONValue) {
  let (model, report) = try fineTune(base, train: train, validation: validation, config, progress: progress)
  try model.judge(report["verdict"] ?? .null)
  if let refusal = try PolicyGate.refusal(.tune, policy: model.policy, verdict: model.verdict) {
    throw refusal
  }
  return (model, report)
}
