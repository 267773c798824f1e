import Fairness
import Platform

/// Abstention: rows with too little confidence get no answer.
public struct AbstentionConfig: AdjustmentMethod {
  public var coverage = 0.9
  public var attribute: AttributeReference?
  public var minimumCount = 100
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "abstention"
  public static let stage = Adjustment.Stage.abstention
  public var entry: AdjustmentConfig { .abstention(self) }
  public static let summary =
    "Rows for which the probability of the decided class is too small get no answer: the label is missing, so "
    + "that a person can decide. For two or several classes."
  public static let fields: [ConfigField<AbstentionConfig>] = [
    ConfigField(
      "coverage", \.coverage, in: 0.01...0.9999, "The share of rows that are answered."),
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection, of which every group gets this share of answers. "
        + "Default: the share is that of all rows, and groups differ in it."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, ThresholdsConfig.unknownGroupText),
  ]
}
