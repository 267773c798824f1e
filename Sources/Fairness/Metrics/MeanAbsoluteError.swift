extension Metric {
  /// mean(|p − y|).
  static let meanAbsoluteError = Metric("mae", "Mean absolute error.", better: .lower) {
    (errors: ErrorSums) in
    .rate(errors.absoluteError, of: errors.weight, unless: "no rows")
  }
}
