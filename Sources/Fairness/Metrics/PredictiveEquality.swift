extension FairnessMeasure {
  /// Predictive equality: equal P(ŷ = 1 | y = 0) in all groups (Corbett-Davies et al. 2017).
  static let predictiveEquality = gapMeasures(
    "predictive_equality", "the false positive rates of groups", of: .falsePositiveRate, isDefault: false)
}
