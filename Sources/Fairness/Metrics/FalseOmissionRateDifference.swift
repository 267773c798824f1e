extension FairnessMeasure {
  /// P(y = 1 | ŷ = 0, others) − P(y = 1 | ŷ = 0, reference) (AIF360 0.6).
  static let falseOmissionRateDifference = referenceDifference(
    "false_omission_rate_difference", "False omission rate", of: .falseOmissionRate)
}
