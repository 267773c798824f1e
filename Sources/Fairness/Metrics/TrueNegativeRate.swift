extension Metric {
  /// P(ŷ = 0 | y = 0) = 1 − FPR: specificity.
  static let trueNegativeRate = Metric(
    "tnr", "Share of the negatives that is rejected.", of: .binaryConfusion
  ) {
    .rate($0.trueNegatives, of: $0.negatives, unless: "no negative labels")
  }
}
