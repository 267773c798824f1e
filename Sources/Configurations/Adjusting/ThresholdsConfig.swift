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
  case precisionAtK = "precision_at_k"

  /// - Parameter costs: for the objective `cost`, [label][decision]; otherwise not read.
  package func objective(_ costs: [[Double]]) -> ThresholdObjective {
    switch self {
    case .accuracy: .accuracy
    case .balancedAccuracy: .balancedAccuracy
    // The share that is selected sets the price of a selection.
    case .precisionAtK: .cost(falsePositive: 0.5, falseNegative: 0.5)
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
  public var probabilities = ConfigMap<String>()
  public var constraint = ThresholdConstraint.demographicParity
  public var tolerance = 0.0
  public var objective = ObjectiveChoice.accuracy
  public var costs: [[Double]] = []
  public var selected: Double?
  public var randomized = false
  public var key: String?
  public var seed = 0
  public var minimumCount = 30
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "thresholds"
  public static let stage = Adjustment.Stage.decision
  public var entry: AdjustmentConfig { .thresholds(self) }
  public static let summary =
    "Thresholds by group that reduce the gap of rates and are otherwise optimal for an objective (Hardt, "
    + "Price and Srebro 2016)."
  public static let fields: [ConfigField<ThresholdsConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField(
      "probabilities", \.probabilities,
      "Instead of an attribute, for groups that are not observed, the column with the probability of each group: {\"A\": "
        + "\"p_a\", \"B\": \"p_b\"}. The threshold of a row is the mean of the groups' thresholds, weighted by its "
        + "probabilities, and the gap is an estimate."),
    ConfigField(
      "constraint", \.constraint,
      "The rates whose gap is reduced. equal_opportunity: true positive rates; predictive_equality: "
        + "false positive rates; equalized_odds: both; none: each group gets the threshold that is optimal "
        + "for the objective."),
    ConfigField("tolerance", \.tolerance, in: 0...1, "The maximum difference between two groups' rates."),
    ConfigField(
      "objective", \.objective,
      "The objective for which the thresholds are optimal, over all rows together. precision_at_k: the most true "
        + "positives among at most the share \"selected\" of the rows."),
    ConfigField(
      "costs", \.costs,
      "For the objective cost, an array for each label with a number for each decision, the negative one "
        + "first: [[0, 1], [5, 0]]."),
    ConfigField(
      "selected", \.selected, in: 0.0001...1,
      "For precision_at_k, the maximum share of all rows that is selected."),
    ConfigField(
      "randomized", \.randomized,
      "Whether a group may have two thresholds, one of which is drawn for each row. Rates are then "
        + "exactly equal, and the result is optimal. The same row always gets the same draw."),
    ConfigField(
      "key", \.key,
      "For randomized, a column of integers or texts that identifies a row and determines its draw. "
        + "Default: the values of the columns that the model reads."),
    ConfigField("seed", \.seed, in: 0...Int.max, "For randomized, the seed of the draws."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, unknownGroupText),
  ]

  static let minimumCountText =
    "The minimum number of rows of a group. Smaller groups are treated as unknown groups."
  static let unknownGroupText =
    "How rows are treated whose group is missing, did not occur, or had too few rows. pooled: like all "
    + "rows together; refuse: they are an error."

  public func validate(at pointer: String) throws {
    try objective.validate(costs, at: pointer)
    guard (objective == .precisionAtK) == (selected != nil) else {
      throw Failure.invalidConfig(
        "the objective \"precision_at_k\", and no other, needs the share of rows that is \"selected\"",
        at: pointer + "/selected")
    }
    let unmixed = constraint.rates.contains { !$0.isLinear }
    guard !randomized || !unmixed else {
      throw Failure.invalidConfig(
        "\"\(constraint.rawValue)\" of mixed thresholds is not a mixture of their rates; it is accepted without \"randomized\"",
        at: pointer + "/randomized")
    }
    try validateProbabilities(at: pointer)
    guard randomized || key == nil else {
      throw Failure.invalidConfig("nothing is drawn without \"randomized\"", at: pointer + "/key")
    }
  }
}

extension ThresholdsConfig {
  /// - Throws: `invalidConfig` for settings that have no meaning with probabilities of groups.
  private func validateProbabilities(at pointer: String) throws {
    guard !probabilities.entries.isEmpty else { return }
    let names = probabilities.entries.map(\.key)
    guard names.count > 1, Set(names).count == names.count else {
      throw Failure.invalidConfig(
        "two or more groups are compared, each named once", at: pointer + "/probabilities")
    }
    let reasons: [(key: String, isWrong: Bool, reason: String)] = [
      ("attribute", attribute != nil, "an attribute and probabilities of groups are given; one is accepted"),
      ("randomized", randomized, "thresholds by probabilities of groups are not mixed"),
      (
        "objective", objective == .precisionAtK,
        "thresholds by probabilities of groups do not select a share of rows; accuracy, balanced_accuracy and cost are accepted"
      ),
      (
        "constraint", constraint.rates.contains { !$0.isLinear },
        "the rates of groups that are not observed are weighted estimates, which \"\(constraint.rawValue)\" does not have"
      ),
    ]
    if let wrong = reasons.first(where: \.isWrong) {
      throw Failure.invalidConfig(wrong.reason, at: "\(pointer)/\(wrong.key)")
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
  public static let stage = Adjustment.Stage.decision
  public var entry: AdjustmentConfig { .minimumRates(self) }
  public static let summary =
    "Thresholds by group with which every group's rate reaches a minimum: groups are levelled up, and none "
    + "is levelled down (Delaney et al. 2024)."
  public static let fields: [ConfigField<MinimumRatesConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField("rate", \.rate, "The rate that is raised to the minimum."),
    ConfigField("minimum", \.minimum, in: 0...1, "The minimum value of the rate."),
    ConfigField(
      "objective", \.objective,
      "The objective for which the thresholds are optimal, among those that reach the minimum."),
    ConfigField(
      "costs", \.costs,
      "For the objective cost, an array for each label with a number for each decision, the negative one "
        + "first."
    ),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, ThresholdsConfig.unknownGroupText),
  ]

  public func validate(at pointer: String) throws {
    try objective.validate(costs, at: pointer)
    guard objective != .precisionAtK else {
      throw Failure.invalidConfig(
        "minimum rates of groups leave no share of rows to select; accuracy, balanced_accuracy and cost are accepted",
        at: pointer + "/objective")
    }
  }
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
  public static let stage = Adjustment.Stage.decision
  public var entry: AdjustmentConfig { .rejectOption(self) }
  public static let summary =
    "Rows with scores near the threshold are decided by their group: positive if the group is favoured, "
    + "otherwise negative (Kamiran, Karim and Zhang 2012)."
  public static let fields: [ConfigField<RejectOptionConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField("constraint", \.constraint, "The rates whose gap is reduced."),
    ConfigField("tolerance", \.tolerance, in: 0...1, "The maximum difference between two groups' rates."),
    ConfigField(
      "favoured", \.favoured,
      "The groups whose rows are positive near the threshold. Default: those that are selected less often "
        + "than all rows."
    ),
    ConfigField(
      "thresholds", \.thresholds, in: 2...1000,
      "The number of thresholds that are tried, from 0.01 to 0.99."),
    ConfigField(
      "margins", \.margins, in: 2...1000,
      "The number of widths of the region around each threshold that are tried."),
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
