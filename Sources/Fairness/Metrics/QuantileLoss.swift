extension Metric {
  /// mean(max(τ (y − p), (τ − 1)(y − p))): the loss of a prediction of the quantile τ (Koenker and Bassett
  /// 1978). From the sums at hand: Σ (y − p)⁺ = (Σ abs(e) − Σ e) / 2 with e = p − y.
  static func quantileLoss(_ name: String, quantile: Double) -> Metric {
    Metric(name, "Mean quantile loss at \(quantile).", better: .lower, isDefault: false) {
      (errors: ErrorSums) in
      let above = (errors.absoluteError - errors.error) / 2
      let below = (errors.absoluteError + errors.error) / 2
      return .rate(
        max(0, quantile * above + (1 - quantile) * below), of: errors.weight, unless: "no rows")
    }
  }
}
