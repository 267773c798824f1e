extension Metric {
  /// −mean(ln s if y = 1, else ln(1 − s)), with s kept 2⁻⁵² away from 0 and 1, as scikit-learn does for
  /// doubles.
  static let logLoss = Metric(
    "log_loss", "Mean negative log likelihood of the labels.", better: .lower, probabilities: true
  ) { (scores: ScoreSums) in
    .rate(scores.negative.logLoss + scores.positive.logLoss, of: scores.weight, unless: "no rows")
  }
}
