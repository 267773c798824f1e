import Platform

/// Between what a number lies by what it is, so that its interval does, too.
enum NaturalRange {
  private static let shares: Set<String> = [
    "balanced_accuracy", "auc", "average_precision", "brier", "macro_f1", "threat_score", "fowlkes_mallows",
    "macro_precision", "macro_recall", "weighted_precision", "weighted_recall", "weighted_f1",
  ]

  /// Of a metric; nil for one that is no share.
  static func metric(_ name: String, classes: [String]) -> ClosedRange<Double>? {
    isShare(name, classes) ? 0...1 : nil
  }

  /// Of a gap of a metric by the gap's name.
  static func gap(_ gap: String, of metric: String, classes: [String]) -> ClosedRange<Double>? {
    if Quantities.gapNames.contains(gap) || gap.hasPrefix("mean_") {
      return gap.hasSuffix("ratio") || gap.hasSubstring("ratio_to") || isShare(metric, classes)
        ? 0...1 : 0...Double.infinity
    }
    // Compared with one group, differences have a sign and ratios no upper limit.
    if gap.hasPrefix("ratio_to_") { return 0...Double.infinity }
    return isShare(metric, classes) ? -1...1 : nil
  }

  /// Of a measure.
  static func measure(_ measure: FairnessMeasure) -> ClosedRange<Double>? {
    switch MeasureForm.named(measure.name) {
    case .gaps?, .referenceDistance?: 0...1
    case .reference?: -1...1
    case .referenceRatio?: 0...Double.infinity
    case nil: nil
    }
  }

  private static func isShare(_ metric: String, _ classes: [String]) -> Bool {
    shares.contains(metric) || RateCounts.reading(of: metric, classes: classes) != nil
  }
}

extension Interval {
  /// The part of the interval within a range, stretched to hold the estimate.
  func holding(_ estimate: Double, within range: ClosedRange<Double>?) -> Interval {
    let lower = range.map { max(self.lower, $0.lowerBound) } ?? self.lower
    let upper = range.map { min(self.upper, $0.upperBound) } ?? self.upper
    return Interval(min(lower, estimate), max(upper, estimate))
  }
}
