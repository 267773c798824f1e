extension Metric {
  /// P(y = 1 | ŷ = 1): the positive predictive value (Chouldechova 2017).
  static let precision = Metric("precision", "Share of the selected that is positive.", of: .binaryConfusion)
  {
    .rate($0.truePositives, of: $0.selected, unless: "no positive decisions")
  }
}
