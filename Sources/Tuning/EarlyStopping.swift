import Auditing
import Configurations
import Fairness
import Platform

/// Keeps the best merit of a metric so far, and counts the epochs without a gain.
struct EarlyStopping {
  let config: EarlyStoppingConfig
  private(set) var best: Double?
  private(set) var epochsWithoutGain = 0

  init(_ config: EarlyStoppingConfig) { self.config = config }

  /// The metric's value in a judgement, and a number that grows as it gets better.
  ///
  /// - Throws: `invalidConfig` when the audit has no such metric.
  func value(of result: Validation.Result) throws -> (value: Double, merit: Double) {
    if config.metric == "loss" && config.attribute == nil { return (result.loss, -result.loss) }
    if config.metric == "entity_f1", config.attribute == nil, let value = result.entityF1 {
      return (value, value)
    }
    let attribute = config.attribute?.label
    if let value = result.audit.value(metric: config.metric, attribute: attribute),
      let merit = result.audit.merit(metric: config.metric, attribute: attribute)
    {
      return (value, merit)
    }
    throw Failure.invalidConfig(
      "\"\(config.metric)\" is not a metric of the audit"
        + (attribute.map { " by \($0)" } ?? " of all rows") + ", or it has no value",
      at: "/train/early_stopping/metric")
  }

  /// - Returns: whether patience is at its end.
  mutating func observe(_ merit: Double) -> Bool {
    if best.map({ merit - $0 > config.minimumChange }) ?? true {
      best = merit
      epochsWithoutGain = 0
    } else {
      epochsWithoutGain += 1
    }
    return epochsWithoutGain > config.patience
  }

  // For checkpoints.
  var state: JSONValue {
    ["best": best.map { .number($0) } ?? .null, "epochs_without_gain": .integer(epochsWithoutGain)]
  }
  mutating func restore(_ state: JSONValue) {
    best = state["best"]?.double
    epochsWithoutGain = state["epochs_without_gain"]?.int ?? 0
  }
}
