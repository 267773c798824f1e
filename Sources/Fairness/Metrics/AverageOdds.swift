extension FairnessMeasure {
  /// ½ ((FPR(others) − FPR(reference)) + (TPR(others) − TPR(reference))) (AIF360 0.6).
  static let averageOddsDifference = FairnessMeasure(
    "average_odds_difference", "Mean of the signed TPR and FPR differences to the reference group.",
    reads: .binaryDecisions, isSigned: true
  ) { frame in oddsDifferences(frame) { $0 }.mean }

  /// ½ (|FPR(others) − FPR(reference)| + |TPR(others) − TPR(reference)|) (AIF360 0.6).
  static let averageAbsoluteOddsDifference = FairnessMeasure(
    "average_abs_odds_difference", "Mean of the absolute TPR and FPR differences to the reference group.",
    reads: .binaryDecisions
  ) { frame in oddsDifferences(frame) { abs($0) }.mean }

  private static func oddsDifferences(_ frame: GroupFrame, _ transform: (Double) -> Double) -> [MetricValue] {
    [Metric.falsePositiveRate, .truePositiveRate].map { metric in
      compare(frame, metric) { .defined($0 - $1) }.map(transform)
    }
  }
}
