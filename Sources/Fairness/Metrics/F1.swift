extension Metric {
  /// 2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall (van Rijsbergen 1979, with β = 1).
  static let f1 = Metric("f1", "Harmonic mean of precision and true positive rate.", of: .binaryConfusion) {
    .rate(
      2 * $0.truePositives, of: $0.selected + $0.positives,
      unless: "neither positive labels nor positive decisions")
  }
}
