extension FairnessMeasure {
  /// Equal opportunity: equal P(ŷ = 1 | y = 1) in all groups (Hardt, Price and Srebro 2016, definition
  /// 2.2); its gaps by Fairlearn 0.15's definitions.
  static let equalOpportunity = gapMeasures(
    "equal_opportunity", "the true positive rates of groups", of: .truePositiveRate)
}
