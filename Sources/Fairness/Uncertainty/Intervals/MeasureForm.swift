/// How a fairness measure is made of rates, for those of which that gives an interval.
enum MeasureForm {
  /// One of the four gaps of metrics, by its place in `Quantities.gapNames`.
  case gaps([String], gap: Int, RangeInterval.Combination)
  /// Σ cᵢ (others − reference).
  case reference([(Double, String)])
  case referenceRatio(String)
  /// The mean of |others − reference|.
  case referenceDistance([String])

  private static let families: [(prefix: String, metrics: [String])] = [
    ("demographic_parity", ["selection_rate"]), ("equal_opportunity", ["tpr"]),
    ("equalized_odds", ["tpr", "fpr"]), ("predictive_parity", ["precision"]),
    ("predictive_equality", ["fpr"]), ("accuracy", ["accuracy"]), ("error_parity", ["error_rate"]),
    ("conditional_use_accuracy", ["precision", "npv"]),
  ]
  private static let signed: [String: MeasureForm] = [
    "statistical_parity_difference": .reference([(1, "selection_rate")]),
    "true_positive_rate_difference": .reference([(1, "tpr")]),
    "average_odds_difference": .reference([(0.5, "tpr"), (0.5, "fpr")]),
    "average_predictive_value_difference": .reference([(0.5, "precision"), (0.5, "false_omission_rate")]),
    "average_abs_odds_difference": .referenceDistance(["tpr", "fpr"]),
    "error_rate_difference": .reference([(1, "error_rate")]),
    "false_discovery_rate_difference": .reference([(1, "false_discovery_rate")]),
    "false_omission_rate_difference": .reference([(1, "false_omission_rate")]),
    "disparate_impact": .referenceRatio("selection_rate"),
    "error_rate_ratio": .referenceRatio("error_rate"),
  ]

  /// The form of a measure; nil if it has none of these.
  static func named(_ name: String) -> MeasureForm? {
    if let known = signed[name] { return known }
    guard let family = families.first(where: { name.hasPrefix($0.prefix + "_") }) else { return nil }
    let rest = String(name.dropFirst(family.prefix.count + 1))
    if let gap = Quantities.gapNames.firstIndex(of: rest) { return .gaps(family.metrics, gap: gap, .largest) }
    // A mean of ratios is no ratio of means.
    for (gap, known) in Quantities.gapNames.enumerated() where gap % 2 == 0 && rest == known + "_mean" {
      return .gaps(family.metrics, gap: gap, .mean)
    }
    return nil
  }
}
