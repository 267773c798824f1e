extension FairnessMeasure {
  /// Equalized odds: equal P(ŷ = 1 | y) in all groups for both labels (Hardt, Price and Srebro 2016,
  /// definition 2.1). The gaps of the true and the false positive rates are aggregated as Fairlearn 0.15
  /// does: the worse of the two, or with `_mean` their mean.
  static let equalizedOdds: [FairnessMeasure] = [
    FairnessMeasure(
      "equalized_odds_difference", "The larger of the TPR and FPR differences.", reads: .decisions
    ) { both($0, \.difference).worstDifference },
    FairnessMeasure(
      "equalized_odds_difference_mean", "The mean of the TPR and FPR differences.", reads: .decisions
    ) { both($0, \.difference).mean },
    FairnessMeasure(
      "equalized_odds_ratio", "The smaller of the TPR and FPR ratios.", reads: .decisions, ideal: 1
    ) { both($0, \.ratio).worstRatio },
    FairnessMeasure(
      "equalized_odds_ratio_mean", "The mean of the TPR and FPR ratios.", reads: .decisions, ideal: 1
    ) { both($0, \.ratio).mean },
    FairnessMeasure(
      "equalized_odds_difference_to_overall", "The larger of the TPR and FPR differences to all rows.",
      reads: .decisions
    ) { both($0, \.differenceToOverall).worstDifference },
    FairnessMeasure(
      "equalized_odds_difference_to_overall_mean", "The mean of the TPR and FPR differences to all rows.",
      reads: .decisions
    ) { both($0, \.differenceToOverall).mean },
    FairnessMeasure(
      "equalized_odds_ratio_to_overall", "The smaller of the TPR and FPR ratios to all rows.",
      reads: .decisions, ideal: 1
    ) { both($0, \.ratioToOverall).worstRatio },
    FairnessMeasure(
      "equalized_odds_ratio_to_overall_mean", "The mean of the TPR and FPR ratios to all rows.",
      reads: .decisions, ideal: 1
    ) { both($0, \.ratioToOverall).mean },
  ]

  private static func both(_ frame: GroupFrame, _ gap: (Gaps) -> MetricValue) -> [MetricValue] {
    [gap(frame.gaps(.truePositiveRate)), gap(frame.gaps(.falsePositiveRate))]
  }
}
