extension Metric {
  /// TP / (TP + FN + FP): the critical success index, Jaccard's index of decisions and labels (Gilbert 1884).
  static let threatScore = Metric(
    "threat_score", "Hits among all rows that are positive or selected.", better: .higher,
    of: .binaryConfusion,
    isDefault: false, unless: "no positive labels or decisions"
  ) {
    .init(successes: $0.truePositives, trials: $0.positives + $0.falsePositives)
  }
}
