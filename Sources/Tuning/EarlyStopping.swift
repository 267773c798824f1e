import Auditing
import Configurations
import Fairness
import Platform

/// Stores the best merit of a metric, and counts the epochs without an improvement.
struct EarlyStopping {
  let config: EarlyStoppingConfig
  private(set) var best: Double?
  private(set) var epochsWithoutGain = 0

  init(_ config: EarlyStoppingConfig) { self.config = config }

  /// The value of the metric in a judgement, and its merit: a number that increases as the metric improves.
  ///
  /// - Throws: `invalidConfig` if the audit does not have the metric.
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

  /// - Returns: whether the patience is exhausted.
  mutating func observe(_ merit: Double) -> Bool {
    if best.map({ merit - $0 > config.minimumChange }) ?? true {
      best = merit
      epochsWithoutGain = 0
    } else {
      epochsWithoutGain += 1
    }
    return epochsWithoutGain > config.patience
  }

  // The state for checkpoints.
  var state: JSONValue {
    ["best": best.map { .number($0) } ?? .null, "epochs_without_gain": .integer(epochsWithoutGain)]
  }
  mutating func restore(_ state: JSONValue) {
    best = state["best"]?.double
    epochsWithoutGain = state["epochs_without_gain"]?.int ?? 0
  }
}
