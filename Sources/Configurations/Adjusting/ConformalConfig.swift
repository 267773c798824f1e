import Fairness
import Platform

/// Conformal prediction: sets of classes, or intervals of values, with a stated coverage.
public struct ConformalConfig: AdjustmentMethod {
  public enum Sets: String, ConfigChoice, Sendable { case smallest, adaptive }

  public var coverage = 0.9
  public var attribute: AttributeReference?
  public var sets = Sets.smallest
  public var lower: String?
  public var upper: String?
  public var minimumCount = 100
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "conformal"
  public static let stage = Adjustment.Stage.sets
  public var entry: AdjustmentConfig { .conformal(self) }
  public static let summary =
    "Predictions get a set of classes (columns set_<class>), or an interval of values (lower and upper), that has "
    + "the true one with a stated probability, overall or in every group (Romano et al. 2020). Scores and "
    + "decisions do not change."
  public static let fields: [ConfigField<ConformalConfig>] = [
    ConfigField(
      "coverage", \.coverage, in: 0.01...0.9999,
      "The probability with which a set or an interval has the true class or value."),
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection, of which every group has this coverage. Default: it is "
        + "the coverage of all rows, and groups differ in it."),
    ConfigField(
      "sets", \.sets,
      "For classes. smallest: the smallest sets on average; adaptive: larger sets for rows that are harder, and "
        + "larger sets in all."),
    ConfigField(
      "lower", \.lower,
      "For values, a column with the lower quantile that another model predicts; then upper is needed. Default: "
        + "intervals are as wide on both sides of the predicted value for all rows of a group."),
    ConfigField(
      "upper", \.upper, "For values, a column with the upper quantile that another model predicts."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, ThresholdsConfig.unknownGroupText),
  ]

  public func validate(at pointer: String) throws {
    guard (lower == nil) == (upper == nil) else {
      throw Failure.invalidConfig(
        "one quantile is named; both or none are accepted", at: pointer + (lower == nil ? "/lower" : "/upper")
      )
    }
  }
}
