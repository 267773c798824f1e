extension FairnessMeasure {
  /// P(y = 0 | ŷ = 1, others) − P(y = 0 | ŷ = 1, reference) (AIF360 0.6).
  static let falseDiscoveryRateDifference = referenceDifference(
    "false_discovery_rate_difference", "False discovery rate", of: .falseDiscoveryRate)
}
