extension Metric {
  /// P(ŷ = y): the share of the decisions that is right.
  static let accuracy = Metric(
    "accuracy", "Share of right decisions.", better: .higher, of: .confusion, unless: "no rows"
  ) {
    .init(successes: $0.correct, trials: $0.total)
  }
}
