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

  /// The smallest ratio of two groups' scoring rates. A scoring rate is the share of a group's scores above
  /// the median of all scores (New York City's impact ratio for tools that give scores, 6 RCNY § 5-300 and §
  /// 5-301).
  static let scoringRateRatio = FairnessMeasure(
    "scoring_rate_ratio", "Smallest ratio of the groups' shares of scores above the median of all.",
    reads: .distribution, in: .share, ideal: 1, isDefault: false, needsLabels: false
  ) { Gaps($0.scoringRates, overall: nil).ratio }

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

extension GroupFrame {
  /// The share of each group's scores above the median of all scores; for an even number of rows, the median
  /// is the mean of the two middle scores. nil for a group without scores.
  var scoringRates: [Double?] {
    guard let all = overall.distribution, let median = all.median else { return groups.map { _ in nil } }
    return groups.map { group in
      guard let own = group.readableDistribution(probabilities: false).0, own.weight > 0 else { return nil }
      return zip(own.scores, own.weights).reduce(0) { $0 + ($1.0 > median ? $1.1 : 0) } / own.weight
    }
  }
}

extension ScoreDistribution {
  /// The weighted median; if it falls between two scores, their mean.
  fileprivate var median: Double? {
    var below = 0.0
    for (place, (score, own)) in zip(scores, weights).enumerated() {
      below += own
      if below > weight / 2 { return score }
      if below == weight / 2 {
        return scores.indices.contains(place + 1) ? (score + scores[place + 1]) / 2 : score
      }
    }
    return scores.last
  }
}
