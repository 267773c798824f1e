extension Metric {
  /// P(y = 0 | ŷ = 0): the negative predictive value.
  static let negativePredictiveValue = Metric(
    "npv", "Share of the rejected that is negative.", of: .binaryConfusion
  ) {
    .rate($0.trueNegatives, of: $0.rejected, unless: "no negative decisions")
  }
}
