extension Metric {
  /// √(2 GE(2)) of the benefits 1 + ŷ − y: their standard deviation over their mean.
  static let coefficientOfVariation = Metric(
    "coefficient_of_variation", "Standard deviation of benefits over their mean.", better: .lower,
    of: .binaryConfusion,
    isDefault: false
  ) {
    GeneralizedEntropy.index(GeneralizedEntropy.benefits($0), alpha: 2).map { (2 * $0).squareRoot() }
  }
}
