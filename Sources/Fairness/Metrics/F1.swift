extension Metric {
  /// 2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall (van Rijsbergen 1979, with β = 1).
  static let f1 = Metric(
    "f1", "Harmonic mean of precision and true positive rate.", better: .higher, of: .binaryConfusion
  ) {
    .rate(
      2 * $0.truePositives, of: $0.selected + $0.positives,
      unless: "neither positive labels nor positive decisions")
  }.growing(
    // Jaccard's index J; F1 is 2 J / (1 + J).
    with: {
      .init(successes: $0.truePositives, trials: $0.truePositives + $0.falsePositives + $0.falseNegatives)
    }, by: { 2 * $0 / (1 + $0) })
}
