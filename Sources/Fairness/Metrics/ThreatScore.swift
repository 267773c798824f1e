extension Metric {
  /// TP / (TP + FN + FP): the critical success index, Jaccard's index of decisions and labels (Gilbert 1884).
  static let threatScore = Metric(
    "threat_score", "Hits among all rows that are positive or selected.", of: .binaryConfusion,
    isDefault: false
  ) {
    .rate(
      $0.truePositives, of: $0.positives + $0.falsePositives, unless: "no positive labels or decisions")
  }
}
