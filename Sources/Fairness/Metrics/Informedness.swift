extension Metric {
  /// TPR + TNR − 1: Youden's J (Youden 1950), 0 for decisions that ignore the label.
  static let informedness = Metric(
    "informedness", "True positive rate plus true negative rate minus 1.", better: .higher,
    of: .binaryConfusion,
    isDefault: false, isSigned: true
  ) { sumLessOne($0, truePositiveRate, trueNegativeRate) }

  /// Precision + negative predictive value − 1 (Powers 2011).
  static let markedness = Metric(
    "markedness", "Precision plus negative predictive value minus 1.", better: .higher, of: .binaryConfusion,
    isDefault: false, isSigned: true
  ) { sumLessOne($0, precision, negativePredictiveValue) }

  private static func sumLessOne(_ table: ConfusionSums, _ first: Metric, _ second: Metric) -> MetricValue {
    let values = [first, second].map { $0.value(GroupSums(rows: 0, confusion: table)).unconventional }
    return values.aggregated { $0.reduce(-1, +) }
  }
}
