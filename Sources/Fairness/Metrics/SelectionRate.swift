extension Metric {
  /// P(ŷ = 1): the share of the rows that is selected (Fairlearn 0.15, `selection_rate`).
  static let selectionRate = Metric(
    "selection_rate", "Share of positive decisions.", better: .neither, of: .binaryConfusion,
    unless: "no rows"
  ) {
    .init(successes: $0.selected, trials: $0.total)
  }.withoutLabels()
}
