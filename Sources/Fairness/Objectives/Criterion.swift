import Platform

/// The objectives by name, and the statistics that they use. A new objective is a file and an entry here.
public enum Criterion: String, CaseIterable, Sendable {
  case demographicParity = "demographic_parity"
  case equalOpportunity = "equal_opportunity"
  case equalizedOdds = "equalized_odds"
  case predictiveEquality = "predictive_equality"
  case predictiveParity = "predictive_parity"
  case falseOmissionParity = "false_omission_parity"
  case conditionalUseAccuracy = "conditional_use_accuracy"
  case accuracyParity = "accuracy_parity"
  case f1Parity = "f1_parity"
  case treatmentEquality = "treatment_equality"
  case lossParity = "loss_parity"
  case boundedGroupLoss = "bounded_group_loss"
  case covariance = "covariance"
  case counterfactual = "counterfactual"
  /// The gap of a statistic that is defined in the configuration.
  case statistic = "statistic"

  /// The group statistics that must be equal; empty for criteria that are built differently, and for
  /// `statistic`.
  public var statistics: [GroupStatistic] {
    switch self {
    case .demographicParity: [.selectionRate]
    case .equalOpportunity: [.truePositiveRate]
    case .equalizedOdds: [.truePositiveRate, .falsePositiveRate]
    case .predictiveEquality: [.falsePositiveRate]
    case .predictiveParity: [.precision]
    case .falseOmissionParity: [.falseOmissionRate]
    case .conditionalUseAccuracy: [.precision, .falseOmissionRate]
    case .accuracyParity: [.accuracy]
    case .f1Parity: [.f1]
    case .treatmentEquality: [.errorBalance]
    case .lossParity, .boundedGroupLoss: [.meanLoss]
    case .covariance, .counterfactual, .statistic: []
    }
  }

  /// The default signal of the criterion.
  public var defaultSignal: Signal {
    switch self {
    case .lossParity, .boundedGroupLoss: .loss
    case .demographicParity, .equalOpportunity, .equalizedOdds, .predictiveEquality, .predictiveParity,
      .falseOmissionParity, .conditionalUseAccuracy, .accuracyParity, .f1Parity, .treatmentEquality,
      .covariance,
      .counterfactual, .statistic:
      .probability
    }
  }

  /// - Parameter stated: the statistic of the criterion `statistic`.
  /// - Throws: `invalidConfig` if the criterion is not defined for the task or the signal.
  public func validate(
    stated: GroupStatistic? = nil, task: Task, signal: Signal, disparity: Disparity?, at pointer: String
  ) throws {
    guard (self == .statistic) == (stated != nil) else {
      throw Failure.invalidConfig(
        "the objective \"statistic\", and no other, needs the key \"statistic\"", at: pointer + "/statistic")
    }
    let statistics = statistics(stated: stated)
    let needsLoss = defaultSignal == .loss
    guard needsLoss == (signal == .loss) else {
      throw Failure.invalidConfig(
        needsLoss
          ? "\"\(rawValue)\" works on the loss; leave \"on\" out"
          : "\"\(rawValue)\" does not work on the loss; logit, probability and decision are accepted",
        at: pointer + "/on")
    }
    if signal == .logit, let statistic = statistics.first(where: \.needsProbability) {
      throw Failure.invalidConfig(
        "\"\(rawValue)\" divides or complements the signal (\(statistic.name)), which means nothing for a "
          + "logit; probability and decision are accepted", at: pointer + "/on")
    }
    if task == .regression {
      let usesLabels = statistics.contains(where: \.usesLabels)
      guard !usesLabels else {
        throw Failure.invalidConfig(
          "\"\(rawValue)\" compares decisions with classes and the task is regression; demographic_parity, "
            + "loss_parity, bounded_group_loss, covariance and counterfactual are accepted",
          at: pointer + "/objective")
      }
    }
    if let disparity, statistics.isEmpty {
      throw Failure.invalidConfig(
        "\"\(disparity.rawValue)\" has no meaning for \"\(rawValue)\", which is not a gap of group statistics",
        at: pointer + "/gap")
    }
  }

  /// The group statistics that must be equal, including the stated one.
  public func statistics(stated: GroupStatistic?) -> [GroupStatistic] {
    self == .statistic ? stated.map { [$0] } ?? [] : statistics
  }

  /// Builds the objective.
  ///
  /// - Parameters:
  ///   - columns: the number of columns of the signal.
  ///   - memory: the weight of past batches in the statistics.
  public func objective(
    stated: GroupStatistic? = nil, disparity: Disparity?, columns: Int, groups: Int, memory: Float
  ) throws -> any Objective {
    switch self {
    case .covariance: return try Covariance(columns: columns, groups: groups)
    case .counterfactual: return CounterfactualConsistency(columns: columns)
    case .boundedGroupLoss:
      return try GroupGap(statistics, disparity: .largest, columns: 1, groups: groups, memory: memory)
    case .demographicParity, .equalOpportunity, .equalizedOdds, .predictiveEquality, .predictiveParity,
      .falseOmissionParity, .conditionalUseAccuracy, .accuracyParity, .f1Parity, .treatmentEquality,
      .lossParity,
      .statistic:
      return try GroupGap(
        statistics(stated: stated), disparity: disparity ?? .worst, columns: columns, groups: groups,
        memory: memory)
    }
  }

  /// The disparity that defines the gap.
  func disparity(_ asked: Disparity?) -> Disparity { self == .boundedGroupLoss ? .largest : asked ?? .worst }
}

extension GroupStatistic {
  /// The mean loss of a group (Agarwal, Dudík and Wu 2019); the signal is the loss of each row.
  public static let meanLoss = GroupStatistic(
    name: "loss", direction: .lower,
    numerator: { _ in (intercept: 0, slope: 1) },
    denominator: { _ in (intercept: 1, slope: 0) })
}
