extension Metric {
  /// P(y = 1): the share of the rows whose label is positive (the prevalence).
  static let baseRate = Metric("base_rate", "Share of positive labels.", of: .binaryConfusion) {
    .rate($0.positives, of: $0.total, unless: "no rows")
  }
}
