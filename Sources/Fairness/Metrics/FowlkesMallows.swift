extension Metric {
  /// √(precision · TPR) (Fowlkes and Mallows 1983).
  static let fowlkesMallows = Metric(
    "fowlkes_mallows", "Geometric mean of precision and true positive rate.", better: .higher,
    of: .binaryConfusion,
    isDefault: false
  ) {
    .rate(
      $0.truePositives, of: ($0.positives * $0.selected).squareRoot(),
      unless: "no positive labels, or no positive decisions")
  }
}
