extension FairnessMeasure {
  /// P(ŷ ≠ y | others) − P(ŷ ≠ y | reference) (AIF360 0.6).
  static let errorRateDifference = referenceDifference(
    "error_rate_difference", "Error rate", of: .errorRate)

  /// P(ŷ ≠ y | others) / P(ŷ ≠ y | reference) (AIF360 0.6).
  static let errorRateRatio = referenceRatio("error_rate_ratio", "Error rate", of: .errorRate)
}
