import Configurations
import Fairness
import Platform

/// What a training aims at: little loss, under fairness objectives.
struct TrainingGoal {
  let fairness: [FairnessConfig]
  /// The attribute of each objective.
  let attributes: [AttributeReference]
  let loss: LossConfig
  /// The probability from which decisions are positive.
  let threshold: Double
  /// Of terms that are drawn for counterfactual texts.
  let seed: Int

  /// Whether multipliers hold gaps of group statistics under tolerances.
  var hasConstraints: Bool {
    fairness.contains { $0.tolerance != nil && !$0.statistics.isEmpty }
  }

  /// Whether an objective compares rows with what they might have been.
  var switchesRows: Bool { fairness.contains { $0.objective == .counterfactual } }

  /// The same loss and nothing else.
  var withoutFairness: TrainingGoal {
    TrainingGoal(fairness: [], attributes: [], loss: loss, threshold: threshold, seed: seed)
  }

  /// The attribute of each objective: by default the first sensitive one, or what the kind of model says for
  /// counterfactual ones.
  ///
  /// - Throws: `invalidConfig` where none is named and there is none.
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
