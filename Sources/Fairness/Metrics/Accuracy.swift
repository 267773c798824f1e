extension Metric {
  /// P(ŷ = y): the share of the decisions that is right.
  static let accuracy = Metric("accuracy", "Share of right decisions.", of: .confusion) {
    .rate($0.correct, of: $0.total, unless: "no rows")
  }
}
