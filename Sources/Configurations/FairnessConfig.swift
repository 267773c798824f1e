import Fairness
import Platform

extension Criterion: ConfigChoice {}
extension Signal: ConfigChoice {}
extension Disparity: ConfigChoice {}
extension SmallGroups: ConfigChoice {}

/// One fairness objective: a penalty with a weight, or a constraint with a tolerance.
public struct FairnessConfig: Configuration {
  public var objective = Criterion.demographicParity
  public var statistic: StatisticConfig?
  public var attribute: AttributeReference?
  public var weight: Double?
  public var tolerance: Double?
  public var signal: Signal?
  public var gap: Disparity?
  public var temperature = 0.2
  public var memory: Double?
  public var judgedBy = Judge.decisions
  public var rate: Double?
  public var damping: Double?
  public var most = 100.0
  public var confidence: Double?
  public var minimumCount = 30
  public var smallGroups = SmallGroups.bound
  public var noWorse = false
  public var follows: [FollowConfig] = []
  public var terms: [[String]] = []
  public var termsFile: String?

  public var swap = Swap.next

  public enum Swap: String, ConfigChoice, Sendable { case next, random }
  public enum Judge: String, ConfigChoice, Sendable { case decisions, signal }

  public init() {}

  /// The group statistics of the objective's gap; empty for objectives that are built differently.
  package var statistics: [GroupStatistic] { objective.statistics(stated: statistic?.statistic) }

  public static let summary =
    "One fairness objective. With a weight its gap is added to the loss; with a tolerance the gap is held "
    + "under it by a multiplier that is learnt."
  public static let fields: [ConfigField<FairnessConfig>] = [
    ConfigField("objective", \.objective, "The criterion; docs/fairness-objectives.md has the formulas."),
    ConfigField(
      "statistic", \.statistic,
      "Of the objective statistic: the group statistic whose gap it is, four coefficients for each label."),
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField("weight", \.weight, in: 0...1e6, "The penalty's factor."),
    ConfigField("tolerance", \.tolerance, in: 0...1e6, "The largest gap that is accepted."),
    ConfigField(
      "on", \.signal,
      "The signal whose group statistics are compared. Default: probability (the loss for the losses)."),
    ConfigField("gap", \.gap, "How several groups make one gap. Default: worst."),
    ConfigField(
      "temperature", \.temperature, in: 0.001...1000,
      "Of the signal decision: the width of its step, in logits."),
    ConfigField(
      "memory", \.memory, in: 0...0.9999,
      "The share of past batches in the group statistics. Default: 0 for penalties, 0.9 for constraints."),
    ConfigField(
      "judged_by", \.judgedBy,
      "Of constraints: whether the tolerance is for the gap of the decisions, as an audit reports it, or of the "
        + "signal. Criteria that are no gap of decisions are always judged by their signal."),
    ConfigField(
      "rate", \.rate, in: 0...1e6,
      "Of constraints: the multiplier's change a step, for each unit of gap above the tolerance. Default: each "
        + "multiplier finds its own."),
    ConfigField(
      "damping", \.damping, in: 0...1e6,
      "Of constraints on group statistics: the augmented Lagrangian's factor, which answers a gap at once. Default: "
        + "the loss a row over the square of the signal's scale."),
    ConfigField("most", \.most, in: 0...1e9, "Of constraints: the largest multiplier."),
    ConfigField(
      "confidence", \.confidence, in: 0.5...0.999,
      "Of constraints: the probability with which rows that training did not see keep the tolerance, by the standard "
        + "errors of the groups' statistics. Default: training aims one standard error below the tolerance, and at no "
        + "less than half of it."),
    ConfigField(
      "minimum_count", \.minimumCount, in: 0...1_000_000,
      "Of constraints on group statistics: the rows from which a group stands for itself."),
    ConfigField(
      "small_groups", \.smallGroups,
      "Of constraints: what becomes of groups under minimum_count: bound: their difference to all rows counts less two "
        + "standard errors, and groups under a third of minimum_count count together; pool: all of them count together "
        + "as one; shrink: n / (n + minimum_count) of their difference to all rows counts; leave_out: they have no part."
    ),
    ConfigField(
      "no_worse", \.noWorse,
      "Of constraints on group statistics: in the place of the gap, no group's statistic may get worse than the base "
        + "model's by more than the tolerance."),
    ConfigField("follows", \.follows, "Of counterfactual: columns that change along with the attribute."),
    ConfigField(
      "terms", \.terms,
      "Of counterfactual on texts: groups of terms, each of which becomes the next of its group, such as "
        + "[[\"he\", \"she\"], [\"christian\", \"jewish\", \"muslim\"]]."),
    ConfigField(
      "terms_file", \.termsFile, "More groups of terms: a file of JSON, or of text with a group a line."),
    ConfigField(
      "swap", \.swap,
      "Of counterfactual on texts: next: a term becomes the next of its group; random: any other, drawn for "
        + "each text."),
  ]

  public func validate(at pointer: String) throws {
    guard (weight == nil) != (tolerance == nil) else {
      throw Failure.invalidConfig(
        weight == nil
          ? "neither \"weight\" nor \"tolerance\" is given; one of them is needed"
          : "both \"weight\" and \"tolerance\" are given; one of them is accepted", at: pointer)
    }
    if noWorse,
      tolerance == nil || statistics.isEmpty
        || statistics.contains(where: { $0.direction == .neither })
    {
      throw Failure.invalidConfig(
        "\"no_worse\" needs a tolerance and an objective whose statistics have a better direction, such as "
          + "equal_opportunity, equalized_odds or accuracy_parity", at: pointer + "/no_worse")
    }
  }
}

/// A column whose value depends on the sensitive attribute and changes with it when a row is switched.
public struct FollowConfig: Configuration {
  public var column = ""
  public var map = ConfigMap<String>()

  public init() {}

  public static let summary = "A column that follows the sensitive attribute when a row is switched."
  public static let fields: [ConfigField<FollowConfig>] = [
    ConfigField("column", \.column, "An input column of categories."),
    ConfigField(
      "map", \.map, "What each value becomes: {\"Husband\": \"Wife\", \"Wife\": \"Husband\"}; others stay."),
  ]
}
