extension Metric {
  /// P(ŷ = 0 | y = 1) = 1 − TPR: the share of the qualified that is rejected.
  static let falseNegativeRate = Metric(
    "fnr", "Share of the positives that is rejected.", better: .lower, of: .binaryConfusion,
    unless: "no positive labels"
  ) {
    .init(successes: $0.falseNegatives, trials: $0.positives)
  }
}
