extension Metric {
  /// P(y = 1 | ŷ = 0) = 1 − NPV.
  static let falseOmissionRate = Metric(
    "false_omission_rate", "Share of the rejected that is positive.", better: .lower, of: .binaryConfusion,
    unless: "no negative decisions"
  ) {
    .init(successes: $0.falseNegatives, trials: $0.rejected)
  }
}
