extension Metric {
  /// mean((p − y)²).
  static let meanSquaredError = Metric("mse", "Mean squared error.", better: .lower) { (errors: ErrorSums) in
    .rate(errors.squaredError, of: errors.weight, unless: "no rows")
  }
}
