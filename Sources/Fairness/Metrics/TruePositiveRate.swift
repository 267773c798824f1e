extension Metric {
  /// P(ŷ = 1 | y = 1): recall, the share of the qualified that is selected (Hardt, Price and Srebro 2016).
  static let truePositiveRate = Metric(
    "tpr", "Share of the positives that is selected.", of: .binaryConfusion
  ) {
    .rate($0.truePositives, of: $0.positives, unless: "no positive labels")
  }
}
