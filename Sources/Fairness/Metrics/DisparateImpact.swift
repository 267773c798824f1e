extension FairnessMeasure {
  /// P(ŷ = 1 | others) / P(ŷ = 1 | reference) (Feldman et al. 2015; AIF360 0.6). The four-fifths rule of
  /// the US EEOC's Uniform Guidelines (29 CFR 1607.4 D) asks for at least 0.8.
  static let disparateImpact = referenceRatio("disparate_impact", "Selection rate", of: .selectionRate)
}
