extension Metric {
  /// mean((s − y)²) (Brier 1950, for two classes in its one-sided form, 0 to 1).
  static let brier = Metric(
    "brier", "Mean squared distance of score and label.", better: .lower, probabilities: true
  ) { (scores: ScoreSums) in
    .rate(scores.negative.squaredError + scores.positive.squaredError, of: scores.weight, unless: "no rows")
  }
}
