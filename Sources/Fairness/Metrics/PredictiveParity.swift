extension FairnessMeasure {
  /// Predictive parity: equal P(y = 1 | ŷ = 1) in all groups (Chouldechova 2017).
  static let predictiveParityDifference = FairnessMeasure(
    "predictive_parity_difference", "Largest difference between the precisions of groups.",
    reads: .decisions
  ) { $0.gaps(.precision).difference }

  /// The same as a ratio.
  static let predictiveParityRatio = FairnessMeasure(
    "predictive_parity_ratio", "Smallest ratio between the precisions of groups.", reads: .decisions,
    ideal: 1
  ) { $0.gaps(.precision).ratio }
}
