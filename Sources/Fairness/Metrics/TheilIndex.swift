extension Metric {
  /// GE(1) of the benefits 1 + ŷ − y: mean((b / μ) ln(b / μ)) (Speicher et al. 2018).
  static let theilIndex = Metric(
    "theil_index", "Inequality of benefits, Theil's index.", better: .lower, of: .binaryConfusion,
    isDefault: false
  ) { GeneralizedEntropy.index(GeneralizedEntropy.benefits($0), alpha: 1) }
}
