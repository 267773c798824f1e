extension Metric {
  /// P(ŷ = 1 | y = 1): recall, the share of the qualified that is selected (Hardt, Price and Srebro 2016).
  static let truePositiveRate = Metric(
    "tpr", "Share of the positives that is selected.", better: .higher, of: .binaryConfusion,
    unless: "no positive labels"
  ) {
    .init(successes: $0.truePositives, trials: $0.positives)
  }
}
