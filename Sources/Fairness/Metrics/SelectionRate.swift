extension Metric {
  /// P(ŷ = 1): the share of the rows that is selected (Fairlearn 0.15, `selection_rate`).
  static let selectionRate = Metric("selection_rate", "Share of positive decisions.", of: .binaryConfusion) {
    .rate($0.selected, of: $0.total, unless: "no rows")
  }.withoutLabels()
}
