extension Metric {
  /// mean(s): the expected selection rate of a randomized decision with these scores.
  static let meanScore = Metric("mean_score", "Mean score.", better: .neither, probabilities: false) {
    (scores: ScoreSums) in
    .rate(scores.negative.score + scores.positive.score, of: scores.weight, unless: "no rows")
  }.withoutLabels()
}
