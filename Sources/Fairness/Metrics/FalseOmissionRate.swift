extension Metric {
  /// P(y = 1 | ŷ = 0) = 1 − NPV.
  static let falseOmissionRate = Metric(
    "false_omission_rate", "Share of the rejected that is positive.", of: .binaryConfusion
  ) {
    .rate($0.falseNegatives, of: $0.rejected, unless: "no negative decisions")
  }
}
