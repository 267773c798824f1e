extension Metric {
  /// R² = 1 − Σ (p − y)² / Σ (y − mean(y))², the mean being the group's own.
  ///
  /// Undefined where all labels are equal; scikit-learn's convention is 1 for exact predictions, else 0.
  static let coefficientOfDetermination = Metric(
    "r2", "Share of the variance of the labels that is explained.", better: .higher, isSigned: true
  ) { (errors: ErrorSums) in
    guard errors.labelSquares > 0 else {
      return .undefined(
        reason: errors.weight > 0 ? "all labels are equal" : "no rows",
        conventional: errors.weight > 0 && errors.squaredError == 0 ? 1 : 0)
    }
    return .defined(1 - errors.squaredError / errors.labelSquares)
  }
}
