extension Metric {
  /// P(y = 1): the share of the rows whose label is positive (the prevalence).
  static let baseRate = Metric(
    "base_rate", "Share of positive labels.", better: .neither, of: .binaryConfusion, unless: "no rows"
  ) {
    .init(successes: $0.positives, trials: $0.total)
  }
}
