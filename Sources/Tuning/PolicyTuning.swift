import Configurations
import Datasets
import Models
import Platform

/// Fine-tunes as `fineTune` does, and applies the policy's gates.
///
/// - Throws: in addition `refused` (location: the rule) if the policy is enforced for "tune" and violated.
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
