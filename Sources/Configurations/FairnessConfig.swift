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
  public var ratio: Double?
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
    "One fairness objective. With a weight, its gap is added to the loss; with a tolerance, a learnt "
    + "multiplier keeps the gap below it."
  public static let fields: [ConfigField<FairnessConfig>] = [
    ConfigField("objective", \.objective, "The criterion; docs/fairness-objectives.md has the formulas."),
    ConfigField(
      "statistic", \.statistic,
      "For the objective statistic, the group statistic whose gap is constrained: four coefficients for "
        + "each label."),
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField("weight", \.weight, in: 0...1e6, "The factor of the penalty."),
    ConfigField("tolerance", \.tolerance, in: 0...1e6, "The largest gap that is accepted."),
    ConfigField(
      "ratio", \.ratio, in: 0...1,
      "For a reduction, instead of a tolerance: the smallest accepted ratio of the smallest group value to the largest "
        + "one, such as 0.8."),
    ConfigField(
      "on", \.signal,
      "The signal whose group statistics are compared. Default: probability (the loss for the losses)."),
    ConfigField(
      "gap", \.gap,
      "How the differences between several groups are combined to one gap. Default: worst."),
    ConfigField(
      "temperature", \.temperature, in: 0.001...1000,
      "For the signal decision, the width of its step, in logits."),
    ConfigField(
      "memory", \.memory, in: 0...0.9999,
      "The share of past batches in the group statistics. Default: 0 for penalties, 0.9 for constraints."),
    ConfigField(
      "judged_by", \.judgedBy,
      "For constraints, whether the tolerance applies to the gap of the decisions, as an audit reports "
        + "it, or to that of the signal. Criteria that are not gaps of decisions are always judged by their "
        + "signal."),
    ConfigField(
      "rate", \.rate, in: 0...1e6,
      "For constraints, the change of the multiplier in a step for each unit of gap above the tolerance. "
        + "Default: each multiplier adapts its rate."),
    ConfigField(
      "damping", \.damping, in: 0...1e6,
      "For constraints on group statistics, the augmented Lagrangian's factor, which reacts to a gap "
        + "immediately. Default: the loss per row divided by the square of the signal's scale."),
    ConfigField("most", \.most, in: 0...1e9, "For constraints, the maximum multiplier."),
    ConfigField(
      "confidence", \.confidence, in: 0.5...0.999,
      "For constraints, the probability with which rows outside the training data keep the tolerance, by "
        + "the standard errors of the groups' statistics. Default: training aims at one standard error below "
        + "the tolerance, but at least at half of it."),
    ConfigField(
      "minimum_count", \.minimumCount, in: 0...1_000_000,
      "For constraints on group statistics, the minimum number of rows of a group that is constrained "
        + "separately."),
    ConfigField(
      "small_groups", \.smallGroups,
      "For constraints, the treatment of groups with fewer than minimum_count rows. bound: their "
        + "difference to all rows, minus two standard errors, counts, and groups with fewer than a third of "
        + "minimum_count are combined; pool: all of them are combined to one group; shrink: n / (n + "
        + "minimum_count) of their difference to all rows counts; leave_out: they are ignored."
    ),
    ConfigField(
      "no_worse", \.noWorse,
      "For constraints on group statistics, whether to constrain, instead of the gap, that no group's "
        + "statistic becomes worse than the base model's by more than the tolerance."),
    ConfigField(
      "follows", \.follows,
      "For counterfactual, the columns that change along with the attribute."),
    ConfigField(
      "terms", \.terms,
      "For counterfactual on texts, groups of terms, such as [[\"he\", \"she\"], [\"christian\", "
        + "\"jewish\", \"muslim\"]]. Each term is replaced by another one of its group."),
    ConfigField(
      "terms_file", \.termsFile,
      "A file with further groups of terms: JSON, or text with one group on each line."),
    ConfigField(
      "swap", \.swap,
      "For counterfactual on texts, the term that replaces another. next: the next one of its group; "
        + "random: any other one, drawn for each text."),
  ]

  public func validate(at pointer: String) throws {
    let given = [("weight", weight), ("tolerance", tolerance), ("ratio", ratio)].filter { $0.1 != nil }
    guard given.count == 1 else {
      throw Failure.invalidConfig(
        given.isEmpty
          ? "neither \"weight\" nor \"tolerance\" is given; one of them is needed"
          : "both \"\(given[0].0)\" and \"\(given[1].0)\" are given; one of them is accepted", at: pointer)
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
      "map", \.map,
      "The new value for each value: {\"Husband\": \"Wife\", \"Wife\": \"Husband\"}; others stay "
        + "unchanged."),
  ]
}
