extension Metric {
  /// P(ŷ = 0 | y = 0) = 1 − FPR: specificity.
  static let trueNegativeRate = Metric(
    "tnr", "Share of the negatives that is rejected.", better: .higher, of: .binaryConfusion,
    unless: "no negative labels"
  ) {
    .init(successes: $0.trueNegatives, trials: $0.negatives)
  }
}
