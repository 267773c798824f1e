import Fairness
import Platform

/// Calibrated equalized odds: groups get the same expected cost of errors, and calibrated scores stay calibrated.
public struct CalibratedOddsConfig: AdjustmentMethod {
  public enum Cost: String, ConfigChoice, Sendable { case fnr, fpr, weighted }

  public var attribute: AttributeReference?
  public var cost = Cost.weighted
  public var costs: [[Double]] = []
  public var key: String?
  public var seed = 0
  public var minimumCount = 30
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "calibrated_equalized_odds"
  public static let stage = Adjustment.Stage.scores
  public var entry: AdjustmentConfig { .calibratedOdds(self) }
  public static let summary =
    "A share of the scores of groups with cheaper errors, drawn at random, is replaced by the group's base "
    + "rate, so that the errors of all groups have the same expected cost; calibrated scores stay calibrated "
    + "(Pleiss et al. 2017). For two classes."
  public static let fields: [ConfigField<CalibratedOddsConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField(
      "cost", \.cost,
      "The cost of a group's errors. fnr: the mean of 1 - score of positive rows; fpr: the mean score of "
        + "negative rows; weighted: both, weighted by the shares of these rows."),
    ConfigField(
      "costs", \.costs,
      "For weighted, what each decision costs for each label, as for thresholds; correct decisions cost 0. Default: [[0, "
        + "1], [1, 0]]."),
    ConfigField(
      "key", \.key,
      "A column of integers or texts that identifies a row and determines its draw. Default: the values of "
        + "the columns that the model reads."),
    ConfigField("seed", \.seed, in: 0...Int.max, "The seed of the draws."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField(
      "unknown_group", \.unknownGroup,
      "How rows are treated whose group is missing, did not occur, or had too few rows. pooled: their scores "
        + "are not changed; refuse: they are an error."),
  ]

  /// The cost that groups are to have in common.
  package var common: CalibratedOdds.Cost {
    switch cost {
    case .fnr: .falseNegativeRate
    case .fpr: .falsePositiveRate
    case .weighted:
      costs.isEmpty
        ? .weighted(falsePositive: 1, falseNegative: 1)
        : .weighted(falsePositive: costs[0][1], falseNegative: costs[1][0])
    }
  }

  public func validate(at pointer: String) throws {
    guard !costs.isEmpty else { return }
    guard cost == .weighted else {
      throw Failure.invalidConfig(
        "costs are for the cost \"weighted\"; it or no costs are accepted", at: pointer + "/costs")
    }
    guard costs.count == 2, costs.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0 >= 0 && $0.isFinite } }),
      costs[0][0] == 0, costs[1][1] == 0, costs[0][1] + costs[1][0] > 0
    else {
      throw Failure.invalidConfig(
        "errors cost at least 0 and correct decisions nothing, such as [[0, 1], [5, 0]]",
        at: pointer + "/costs")
    }
  }
}
