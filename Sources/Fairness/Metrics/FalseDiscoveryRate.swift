extension Metric {
  /// P(y = 0 | ŷ = 1) = 1 − precision.
  static let falseDiscoveryRate = Metric(
    "false_discovery_rate", "Share of the selected that is negative.", better: .lower, of: .binaryConfusion,
    unless: "no positive decisions"
  ) {
    .init(successes: $0.falsePositives, trials: $0.selected)
  }
}
