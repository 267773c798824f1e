extension Metric {
  /// P(ŷ = 1 | y = 0): the share of the unqualified that is selected (Hardt, Price and Srebro 2016).
  static let falsePositiveRate = Metric(
    "fpr", "Share of the negatives that is selected.", of: .binaryConfusion
  ) {
    .rate($0.falsePositives, of: $0.negatives, unless: "no negative labels")
  }
}
