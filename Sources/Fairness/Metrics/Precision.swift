extension Metric {
  /// P(y = 1 | ŷ = 1): the positive predictive value (Chouldechova 2017).
  static let precision = Metric(
    "precision", "Share of the selected that is positive.", better: .higher, of: .binaryConfusion,
    unless: "no positive decisions"
  ) {
    .init(successes: $0.truePositives, trials: $0.selected)
  }
}
