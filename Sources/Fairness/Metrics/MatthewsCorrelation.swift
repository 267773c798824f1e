extension Metric {
  /// (TP · TN − FP · FN) / √((TP + FP)(TP + FN)(TN + FP)(TN + FN)): the correlation of decision and label
  /// (Matthews 1975). scikit-learn's convention is 0 where the label or the decision is constant.
  static let matthewsCorrelation = Metric(
    "matthews_correlation", "Correlation of decisions and labels.", better: .higher, of: .binaryConfusion,
    isDefault: false,
    isSigned: true
  ) { table in
    let scale =
      (table.selected * table.rejected).squareRoot()
      * (table.positives * table.negatives).squareRoot()
    return .rate(
      table.truePositives * table.trueNegatives - table.falsePositives * table.falseNegatives, of: scale,
      unless: "all labels or all decisions are equal")
  }
}
