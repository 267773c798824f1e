extension FairnessMeasure {
  /// P(ŷ = 1 | others) − P(ŷ = 1 | reference) (AIF360 0.6, `statistical_parity_difference`).
  static let statisticalParityDifference = referenceDifference(
    "statistical_parity_difference", "Selection rate", of: .selectionRate)
}
