/// Gaps of scores and of their calibration between groups.
extension FairnessMeasure {
  /// Balance for a class: equal mean scores of its members in all groups (Kleinberg, Mullainathan and Raghavan
  /// 2017).
  static let classBalance: [FairnessMeasure] = [
    FairnessMeasure(
      "balance_for_positive_class", "Largest difference of the mean scores of positives.", reads: .scores,
      in: .notNegative
    ) { $0.gaps(.meanScoreOfPositives).difference },
    FairnessMeasure(
      "balance_for_negative_class", "Largest difference of the mean scores of negatives.", reads: .scores,
      in: .notNegative
    ) { $0.gaps(.meanScoreOfNegatives).difference },
  ]

  /// Calibration within groups (Kleinberg, Mullainathan and Raghavan 2017): the largest expected calibration
  /// error of a group.
  static let calibrationWithinGroups = FairnessMeasure(
    "calibration_within_groups", "Largest expected calibration error of a group.", reads: .distribution,
    in: .share
  ) { frame in
    let metric = Metric.calibrationError("ece", bins: Metric.calibrationBins)
    return frame.groups.map { metric.value($0) }.worstDefined
  }
}
