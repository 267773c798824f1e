extension Metric {
  /// P(y = 0 | ŷ = 1) = 1 − precision.
  static let falseDiscoveryRate = Metric(
    "false_discovery_rate", "Share of the selected that is negative.", of: .binaryConfusion
  ) {
    .rate($0.falsePositives, of: $0.selected, unless: "no positive decisions")
  }
}
