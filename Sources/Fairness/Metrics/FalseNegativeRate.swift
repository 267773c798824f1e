extension Metric {
  /// P(ŷ = 0 | y = 1) = 1 − TPR: the share of the qualified that is rejected.
  static let falseNegativeRate = Metric(
    "fnr", "Share of the positives that is rejected.", of: .binaryConfusion
  ) {
    .rate($0.falseNegatives, of: $0.positives, unless: "no positive labels")
  }
}
