extension Metric {
  /// The bins of the calibration metrics; "ece[15]" has 15.
  static let calibrationBins = 10

  /// Σ over bins of n_b / n · abs(mean score − share of positives): expected calibration error (Naeini, Cooper
  /// and Hauskrecht 2015) of the probability of label 1, in bins of equal width.
  @Sendable static func calibrationError(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "Mean distance of scores from what came true, \(bins) equal bins.", better: .lower, bins,
      .equalWidth
    ) {
      bins in bins.bins.reduce(0) { $0 + $1.weight * $1.error } / bins.weight
    }
  }

  /// The same in bins of equally many rows (Nguyen and O'Connor 2015).
  @Sendable static func equalMassCalibrationError(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "Mean distance of scores from what came true, \(bins) bins of as many rows.", better: .lower,
      bins, .equalMass,
      isDefault: false
    ) { bins in bins.bins.reduce(0) { $0 + $1.weight * $1.error } / bins.weight }
  }

  /// The largest distance in a bin (Naeini, Cooper and Hauskrecht 2015).
  @Sendable static func maximumCalibrationError(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "Largest distance of scores from what came true, \(bins) equal bins.", better: .lower, bins,
      .equalWidth,
      isDefault: false
    ) { $0.bins.map(\.error).max() ?? 0 }
  }

  static func calibration(
    _ name: String, _ summary: String, better: Better, _ count: Int, _ rule: CalibrationBins.Rule,
    isDefault: Bool = true,
    _ evaluate: @escaping @Sendable (CalibrationBins) -> Double
  ) -> Metric {
    Metric(name, summary, better: better, isDefault: isDefault, probabilities: true) {
      (scores: ScoreDistribution) in
      let bins = CalibrationBins(scores, count, rule)
      return bins.weight > 0 ? .defined(evaluate(bins)) : .undefined(reason: "no rows")
    }
  }
}

extension FairnessMeasure {
  /// Calibration within groups (Kleinberg, Mullainathan and Raghavan 2017): the largest expected calibration
  /// error of a group.
  static let calibrationWithinGroups = FairnessMeasure(
    "calibration_within_groups", "Largest expected calibration error of a group.", reads: .distribution
  ) { frame in
    let metric = Metric.calibrationError("ece", bins: Metric.calibrationBins)
    return frame.groups.map { metric.value($0) }.worstDefined
  }
}
