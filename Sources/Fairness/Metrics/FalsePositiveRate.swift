extension Metric {
  /// P(ŷ = 1 | y = 0): the share of the unqualified that is selected (Hardt, Price and Srebro 2016).
  static let falsePositiveRate = Metric(
    "fpr", "Share of the negatives that is selected.", better: .lower, of: .binaryConfusion,
    unless: "no negative labels"
  ) {
    .init(successes: $0.falsePositives, trials: $0.negatives)
  }
}
