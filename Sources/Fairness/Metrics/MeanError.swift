extension Metric {
  /// mean(p − y): the bias.
  static let meanError = Metric(
    "mean_error", "Mean error: above 0 where predictions are too high.", better: .near(0), isSigned: true
  ) { (errors: ErrorSums) in
    .rate(errors.error, of: errors.weight, unless: "no rows")
  }
}
