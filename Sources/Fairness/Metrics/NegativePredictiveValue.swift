extension Metric {
  /// P(y = 0 | ŷ = 0): the negative predictive value.
  static let negativePredictiveValue = Metric(
    "npv", "Share of the rejected that is negative.", better: .higher, of: .binaryConfusion,
    unless: "no negative decisions"
  ) {
    .init(successes: $0.trueNegatives, trials: $0.rejected)
  }
}
