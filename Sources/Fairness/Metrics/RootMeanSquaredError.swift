extension Metric {
  /// √mean((p − y)²).
  static let rootMeanSquaredError = Metric("rmse", "Root of the mean squared error.", better: .lower) {
    (errors: ErrorSums) in
    MetricValue.rate(errors.squaredError, of: errors.weight, unless: "no rows").map { $0.squareRoot() }
  }
}
