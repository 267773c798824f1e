extension FairnessMeasure {
  /// Of several classes, the mean over the classes of a gap of each against the rest, where the measures of the
  /// same name without `_class_mean` have the worst class. Of two classes, the same as those.
  static let classMeans: [FairnessMeasure] = [
    classMean("demographic_parity_difference", needsLabels: false) { $0.gaps(.selectionRate).difference },
    classMean("equal_opportunity_difference") { $0.gaps(.truePositiveRate).difference },
    classMean("equalized_odds_difference") {
      [$0.gaps(.truePositiveRate).difference, $0.gaps(.falsePositiveRate).difference].worstDifference
    },
    classMean("predictive_parity_difference") { $0.gaps(.precision).difference },
  ]

  private static func classMean(
    _ name: String, needsLabels: Bool = true, _ gap: @escaping @Sendable (GroupFrame) -> MetricValue
  ) -> FairnessMeasure {
    FairnessMeasure(
      "\(name)_class_mean", "Mean over the classes of \(name), each against the rest.",
      reads: .allDecisions, isDefault: false, needsLabels: needsLabels
    ) { $0.binaryFrames.map(gap).mean }
  }
}
