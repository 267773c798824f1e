extension FairnessMeasure {
  /// Conditional use accuracy equality: equal P(y = 1 | ŷ = 1) and P(y = 0 | ŷ = 0) in all groups
  /// (Berk et al. 2018): the worse of the two gaps, or with `_mean` their mean.
  static let conditionalUseAccuracy: [FairnessMeasure] = [
    FairnessMeasure(
      "conditional_use_accuracy_difference", "The larger of the differences of precision and of NPV.",
      reads: .decisions, isDefault: false
    ) { predictive($0, \.difference).worstDifference },
    FairnessMeasure(
      "conditional_use_accuracy_difference_mean", "The mean of the differences of precision and of NPV.",
      reads: .decisions, isDefault: false
    ) { predictive($0, \.difference).mean },
    FairnessMeasure(
      "conditional_use_accuracy_ratio", "The smaller of the ratios of precision and of NPV.",
      reads: .decisions, ideal: 1, isDefault: false
    ) { predictive($0, \.ratio).worstRatio },
  ]

  private static func predictive(_ frame: GroupFrame, _ gap: (Gaps) -> MetricValue) -> [MetricValue] {
    [gap(frame.gaps(.precision)), gap(frame.gaps(.negativePredictiveValue))]
  }
}
