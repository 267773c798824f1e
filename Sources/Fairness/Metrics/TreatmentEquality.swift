extension Metric {
  /// FN / FP: which of the two errors is made (Berk et al. 2018).
  static let errorBalance = Metric(
    "fn_fp_ratio", "Wrong rejections for each wrong selection.", better: .lower, of: .binaryConfusion,
    isDefault: false
  ) { .rate($0.falseNegatives, of: $0.falsePositives, unless: "no false positives").unconventional }
}

extension FairnessMeasure {
  /// Treatment equality: equal FN / FP in all groups (Berk et al. 2018).
  static let treatmentEquality = gapMeasures(
    "treatment_equality", "the FN / FP of groups", of: .errorBalance, isDefault: false)
}
