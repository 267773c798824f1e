extension Metric {
  /// P(ŷ ≠ y) = 1 − accuracy.
  static let errorRate = Metric("error_rate", "Share of wrong decisions.", of: .confusion) {
    .rate(max(0, $0.total - $0.correct), of: $0.total, unless: "no rows")
  }
}
