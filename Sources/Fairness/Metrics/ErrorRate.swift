extension Metric {
  /// P(ŷ ≠ y) = 1 − accuracy.
  static let errorRate = Metric(
    "error_rate", "Share of wrong decisions.", better: .lower, of: .confusion, unless: "no rows"
  ) {
    .init(successes: max(0, $0.total - $0.correct), trials: $0.total)
  }
}
