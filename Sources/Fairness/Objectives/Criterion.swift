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

  /// What a criterion limits.
  private enum Form {
    /// The gap of statistics of the decisions.
    case gap([GroupStatistic])
    /// The gap of the statistic that the configuration defines.
    case statedGap
    /// The gap of a statistic of the rows' losses.
    case lossGap(GroupStatistic)
    /// The largest value of a group in a statistic of the rows' losses.
    case largestLoss(GroupStatistic)
    case covariance
    case counterfactual
  }

  private var form: Form {
    switch self {
    case .demographicParity: .gap([.selectionRate])
    case .equalOpportunity: .gap([.truePositiveRate])
    case .equalizedOdds: .gap([.truePositiveRate, .falsePositiveRate])
    case .predictiveEquality: .gap([.falsePositiveRate])
    case .predictiveParity: .gap([.precision])
    case .falseOmissionParity: .gap([.falseOmissionRate])
    case .conditionalUseAccuracy: .gap([.precision, .falseOmissionRate])
    case .accuracyParity: .gap([.accuracy])
    case .f1Parity: .gap([.f1])
    case .treatmentEquality: .gap([.errorBalance])
    case .statistic: .statedGap
    case .lossParity: .lossGap(.meanLoss)
    case .boundedGroupLoss: .largestLoss(.meanLoss)
    case .covariance: .covariance
    case .counterfactual: .counterfactual
    }
  }

  /// The group statistics that must be equal; empty for criteria that are built differently, and for
  /// `statistic`.
  public var statistics: [GroupStatistic] {
    switch form {
    case .gap(let statistics): statistics
    case .lossGap(let statistic), .largestLoss(let statistic): [statistic]
    case .statedGap, .covariance, .counterfactual: []
    }
  }

  /// The default signal of the criterion.
  public var defaultSignal: Signal {
    switch form {
    case .lossGap, .largestLoss: .loss
    case .gap, .statedGap, .covariance, .counterfactual: .probability
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
    switch form {
    case .covariance: try Covariance(columns: columns, groups: groups)
    case .counterfactual: CounterfactualConsistency(columns: columns)
    case .largestLoss(let statistic):
      try GroupGap([statistic], disparity: .largest, columns: 1, groups: groups, memory: memory)
    case .gap, .statedGap, .lossGap:
      try GroupGap(
        statistics(stated: stated), disparity: disparity ?? .worst, columns: columns, groups: groups,
        memory: memory)
    }
  }

  /// The disparity that defines the gap.
  public func disparity(_ asked: Disparity?) -> Disparity {
    if case .largestLoss = form { .largest } else { asked ?? .worst }
  }
}

extension GroupStatistic {
  /// The mean loss of a group (Agarwal, Dudík and Wu 2019); the signal is the loss of each row.
  public static let meanLoss = GroupStatistic(
    name: "loss", direction: .lower,
    numerator: { _ in (intercept: 0, slope: 1) },
    denominator: { _ in (intercept: 1, slope: 0) })
}
