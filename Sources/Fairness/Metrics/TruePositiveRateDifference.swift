extension FairnessMeasure {
  /// TPR(others) − TPR(reference) (AIF360 0.6, `true_positive_rate_difference`, there also called
  /// `equal_opportunity_difference`).
  static let truePositiveRateDifference = referenceDifference(
    "true_positive_rate_difference", "True positive rate", of: .truePositiveRate)
}
