import Fairness
import Platform

extension CalibrationKind: ConfigChoice {}

/// Calibration: scores become probabilities.
public struct CalibrationConfig: AdjustmentMethod {
  public var kind = CalibrationKind.isotonic
  public var attribute: AttributeReference?
  public var bins = 10
  public var minimumCount = 100
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "calibration"
  public static let stage = Adjustment.Stage.scores
  public var entry: AdjustmentConfig { .calibration(self) }
  public static let summary =
    "Scores become probabilities that agree with the labels. The model's threshold is then applied to them."
  public static let fields: [ConfigField<CalibrationConfig>] = [
    ConfigField(
      "kind", \.kind,
      "The kind of calibration; docs/mitigation.md has the formulas and their sources."),
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute by whose groups scores are calibrated, or a list for their intersection. Default: all rows "
        + "alike."),
    ConfigField(
      "bins", \.bins, in: 2...1000,
      "For a histogram, the number of bins, with about equal numbers of rows."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, ThresholdsConfig.unknownGroupText),
  ]
}

/// Score repair: scores get the same distribution in all groups.
public struct ScoreRepairConfig: AdjustmentMethod {
  public var attribute: AttributeReference?
  public var strength = 1.0
  public var minimumCount = 30
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "score_repair"
  public static let stage = Adjustment.Stage.scores
  public var entry: AdjustmentConfig { .scoreRepair(self) }
  public static let summary =
    "Scores are moved to the Wasserstein barycentre of the groups' distributions, so that all groups have "
    + "the same distribution and each group keeps its order (Chzhen et al. 2020). For two classes and "
    + "regression."
  public static let fields: [ConfigField<ScoreRepairConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField("strength", \.strength, in: 0...1, "How far scores are moved: 0 not at all, 1 completely."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField("unknown_group", \.unknownGroup, ThresholdsConfig.unknownGroupText),
  ]
}
