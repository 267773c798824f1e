import Fairness
import Platform

/// The criterion that thresholds must satisfy.
public enum ThresholdConstraint: String, ConfigChoice, Sendable {
  case demographicParity = "demographic_parity"
  case equalOpportunity = "equal_opportunity"
  case predictiveEquality = "predictive_equality"
  case equalizedOdds = "equalized_odds"
  case predictiveParity = "predictive_parity"
  case falseOmissionParity = "false_omission_parity"
  case accuracyParity = "accuracy_parity"
  case none

  /// The rates whose gaps are limited.
  package var rates: [ThresholdRate] {
    switch self {
    case .demographicParity: [.selectionRate]
    case .equalOpportunity: [.truePositiveRate]
    case .predictiveEquality: [.falsePositiveRate]
    case .equalizedOdds: [.truePositiveRate, .falsePositiveRate]
    case .predictiveParity: [.precision]
    case .falseOmissionParity: [.negativePredictiveValue]
    case .accuracyParity: [.accuracy]
    case .none: []
    }
  }
}

/// The objective that thresholds maximize.
public enum ObjectiveChoice: String, ConfigChoice, Sendable {
  case accuracy
  case balancedAccuracy = "balanced_accuracy"
  case cost

  /// - Parameter costs: for the objective `cost`, [label][decision]; otherwise not read.
  package func objective(_ costs: [[Double]]) -> ThresholdObjective {
    switch self {
    case .accuracy: .accuracy
    case .balancedAccuracy: .balancedAccuracy
    case .cost:
      .cost(falsePositive: costs[0][1] - costs[0][0], falseNegative: costs[1][0] - costs[1][1])
    }
  }

  func validate(_ costs: [[Double]], at pointer: String) throws {
    guard self == .cost else {
      guard costs.isEmpty else {
        throw Failure.invalidConfig(
          "costs are for the objective \"cost\"; it or no costs are accepted", at: pointer + "/costs")
      }
      return
    }
    guard costs.count == 2, costs.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isFinite) }) else {
      throw Failure.invalidConfig(
        "the objective \"cost\" needs what each decision costs for each label, such as [[0, 1], [5, 0]]",
        at: pointer + "/costs")
    }
  }
}

/// Thresholds by group that limit the gap of a criterion.
public struct ThresholdsConfig: AdjustmentMethod {
  public var attribute: AttributeReference?
  public var constraint = ThresholdConstraint.demographicParity
  public var tolerance = 0.0
  public var objective = ObjectiveChoice.accuracy
  public var costs: [[Double]] = []
  public var randomized = false
  public var key: String?
  public var seed = 0
  public var minimumCount = 30
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "thresholds"
  public static let decides = true
  public static let summary =
    "Thresholds by group that bring rates together and are otherwise the best for an objective (Hardt, Price and Srebro "
    + "2016)."
  public static let fields: [ConfigField<ThresholdsConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField(
      "constraint", \.constraint,
      "The rates whose gap is closed: equal_opportunity those of true positives, predictive_equality of false ones, "
        + "equalized_odds both; none: each group gets the threshold that is best for the objective."),
    ConfigField("tolerance", \.tolerance, in: 0...1, "The largest difference between two groups' rates."),
    ConfigField("objective", \.objective, "What the thresholds are the best for, over all rows together."),
    ConfigField(
      "costs", \.costs,
      "Of the objective cost: an array for each label, in it a number for each decision, the negative one first: "
        + "[[0, 1], [5, 0]]."),
    ConfigField(
      "randomized", \.randomized,
      "Whether a group may be decided by two thresholds, one of which is drawn for each row: then rates are equal exactly, "
        + "and no other way is better. The same row gets the same draw."),
    ConfigField(
      "key", \.key,
      "Of randomized: the column of whole numbers or texts that says who a row is, by which its draw is made. Default: "
        + "the values of the columns that the model reads."),
    ConfigField("seed", \.seed, in: 0...Int.max, "Of randomized: another seed makes other draws."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, unknownGroupText),
  ]

  static let minimumCountText =
    "Groups of fewer rows get no thresholds or scores by their own rows: they are treated as unknown groups."
  static let unknownGroupText =
    "What becomes of rows whose group is missing, did not occur or had too few rows: pooled: what was learnt of all rows "
    + "together; refuse: an error."

  public func validate(at pointer: String) throws {
    try objective.validate(costs, at: pointer)
    let unmixed = constraint.rates.contains { !$0.isLinear }
    guard !randomized || !unmixed else {
      throw Failure.invalidConfig(
        "\"\(constraint.rawValue)\" of mixed thresholds is no mixture of theirs; without \"randomized\" it is accepted",
        at: pointer + "/randomized")
    }
    guard randomized || key == nil else {
      throw Failure.invalidConfig("nothing is drawn without \"randomized\"", at: pointer + "/key")
    }
  }
}

/// Thresholds by group with a minimum rate.
public struct MinimumRatesConfig: AdjustmentMethod {
  public enum Rate: String, ConfigChoice, Sendable {
    case selectionRate = "selection_rate"
    case truePositiveRate = "tpr"
    case trueNegativeRate = "tnr"
    case precision = "ppv"
    case negativePredictiveValue = "npv"
    case accuracy

    package var rate: ThresholdRate { ThresholdRate(rawValue: rawValue) ?? .accuracy }
  }

  public var attribute: AttributeReference?
  public var rate = Rate.truePositiveRate
  public var minimum = 0.8
  public var objective = ObjectiveChoice.accuracy
  public var costs: [[Double]] = []
  public var minimumCount = 30
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "minimum_rates"
  public static let decides = true
  public static let summary =
    "Thresholds by group with which no group's rate is below a minimum: groups are levelled up and none down (Delaney et "
    + "al. 2024)."
  public static let fields: [ConfigField<MinimumRatesConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField("rate", \.rate, "The rate that every group has."),
    ConfigField("minimum", \.minimum, in: 0...1, "The smallest value of the rate."),
    ConfigField("objective", \.objective, "What the thresholds are the best for, among those with the rate."),
    ConfigField(
      "costs", \.costs,
      "Of the objective cost: an array for each label, in it a number for each decision, the negative one first."
    ),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, ThresholdsConfig.unknownGroupText),
  ]

  public func validate(at pointer: String) throws { try objective.validate(costs, at: pointer) }
}

/// The reject option: near the threshold, the group decides.
public struct RejectOptionConfig: AdjustmentMethod {
  public var attribute: AttributeReference?
  public var constraint = ThresholdConstraint.demographicParity
  public var tolerance = 0.05
  public var favoured: [String] = []
  public var thresholds = 50
  public var margins = 20
  public var minimumCount = 30
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "reject_option"
  public static let decides = true
  public static let summary =
    "Rows whose scores are near the threshold are decided by their group: positive where the group is favoured, else "
    + "negative (Kamiran, Karim and Zhang 2012)."
  public static let fields: [ConfigField<RejectOptionConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField("constraint", \.constraint, "The rates whose gap is closed."),
    ConfigField("tolerance", \.tolerance, in: 0...1, "The largest difference between two groups' rates."),
    ConfigField(
      "favoured", \.favoured,
      "The groups that are positive near the threshold. Default: those that are selected less often than all rows are."
    ),
    ConfigField(
      "thresholds", \.thresholds, in: 2...1000, "How many thresholds are tried, from 0.01 to 0.99."),
    ConfigField(
      "margins", \.margins, in: 2...1000, "How many widths of the region around each threshold are tried."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, ThresholdsConfig.unknownGroupText),
  ]

  public func validate(at pointer: String) throws {
    guard constraint != .none else {
      throw Failure.invalidConfig(
        "the reject option closes a gap; the other constraints are accepted", at: pointer + "/constraint")
    }
  }
}
