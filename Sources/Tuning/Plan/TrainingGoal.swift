import Configurations
import Fairness
import Platform

/// The goal of a training: a small loss under fairness objectives.
struct TrainingGoal {
  let fairness: [FairnessConfig]
  /// The attribute of each objective.
  let attributes: [AttributeReference]
  let loss: LossConfig
  /// The smallest probability of a positive decision.
  let threshold: Double
  /// The seed for the choice of swapped terms in counterfactual texts.
  let seed: Int

  /// Whether there are constraints on gaps of group statistics.
  var hasConstraints: Bool {
    fairness.contains { $0.tolerance != nil && !$0.statistics.isEmpty }
  }

  /// Whether training minimizes the loss together with penalties: there are some, and no constraints on group statistics.
  var isPenalized: Bool { !hasConstraints && hasPenalties }

  var hasPenalties: Bool { fairness.contains { $0.tolerance == nil } }

  /// Whether passes over all rows, without a gradient, measure every objective. They do not measure switched copies of
  /// rows, and not the constraints of other than group statistics, whose multipliers follow batches.
  var isMeasuredByPasses: Bool {
    fairness.allSatisfy { $0.tolerance == nil ? $0.objective != .counterfactual : !$0.statistics.isEmpty }
  }

  /// Whether an objective compares rows with switched copies.
  var switchesRows: Bool { fairness.contains { $0.objective == .counterfactual } }

  /// The same loss without fairness objectives.
  var withoutFairness: TrainingGoal {
    TrainingGoal(fairness: [], attributes: [], loss: loss, threshold: threshold, seed: seed)
  }

  /// The attribute of each objective. The default is the first sensitive attribute; for counterfactual
  /// objectives, the default of the kind of model.
  ///
  /// - Throws: `invalidConfig` if an objective names none and there is no default.
  static func attributes(
    _ fairness: [FairnessConfig], _ data: DataConfig, counterfactual: AttributeReference?
  )
    throws -> [AttributeReference]
  {
    try fairness.enumerated().map { index, entry in
      if let attribute = entry.attribute { return attribute }
      if let counterfactual, entry.objective == .counterfactual { return counterfactual }
      guard let first = data.sensitive.first else {
        throw Failure.invalidConfig(
          "no attribute is named, and \"sensitive\" is empty", at: "/fairness/\(index)/attribute")
      }
      return AttributeReference([first.name])
    }
  }
}
