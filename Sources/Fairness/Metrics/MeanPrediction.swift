extension Metric {
  /// mean(p) = mean(y) + mean(p − y).
  static let meanPrediction = Metric("mean_prediction", "Mean prediction.", better: .neither, isSigned: true)
  {
    (errors: ErrorSums) in
    .rate(errors.meanLabel * errors.weight + errors.error, of: errors.weight, unless: "no rows")
  }.withoutLabels()
}
