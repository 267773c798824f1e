extension Metric {
  /// mean(s given y = 1), whose gap is the balance for the positive class (Kleinberg, Mullainathan and
  /// Raghavan 2017).
  static let meanScoreOfPositives = Metric(
    "mean_score_of_positives", "Mean score of the positives.", better: .higher, isDefault: false,
    probabilities: false
  ) { (scores: ScoreSums) in
    .rate(scores.positive.score, of: scores.positive.weight, unless: "no positive labels")
  }

  /// mean(s given y = 0), whose gap is the balance for the negative class.
  static let meanScoreOfNegatives = Metric(
    "mean_score_of_negatives", "Mean score of the negatives.", better: .lower, isDefault: false,
    probabilities: false
  ) { (scores: ScoreSums) in
    .rate(scores.negative.score, of: scores.negative.weight, unless: "no negative labels")
  }

  /// mean(s) − P(y = 1): calibration in the large (Cox 1958).
  static let calibrationInTheLarge = Metric(
    "calibration_in_the_large", "Mean score minus base rate.", better: .near(0), isDefault: false,
    isSigned: true,
    probabilities: true
  ) { (scores: ScoreSums) in
    guard scores.weight > 0 else { return .undefined(reason: "no rows") }
    let mean = (scores.positive.score + scores.negative.score) / scores.weight
    return .defined(mean - scores.positive.weight / scores.weight)
  }
}

extension FairnessMeasure {
  /// Balance for a class: equal mean scores of its members in all groups (Kleinberg, Mullainathan and Raghavan
  /// 2017).
  static let classBalance: [FairnessMeasure] = [
    FairnessMeasure(
      "balance_for_positive_class", "Largest difference of the mean scores of positives.", reads: .scores
    ) { $0.gaps(.meanScoreOfPositives).difference },
    FairnessMeasure(
      "balance_for_negative_class", "Largest difference of the mean scores of negatives.", reads: .scores
    ) { $0.gaps(.meanScoreOfNegatives).difference },
  ]
}
