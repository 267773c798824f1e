/// Calibration: whether scores equal observed frequencies (7 of 10 rows with a score of 0.7 are positive).
extension Metric {
  /// The default number of bins of the calibration metrics; "ece[15]" uses 15.
  static let calibrationBins = 10

  /// Σ over bins of n_b / n · abs(mean score − share of positives): expected calibration error (Naeini, Cooper
  /// and Hauskrecht 2015) of the probability of label 1, in bins of equal width.
  @Sendable static func calibrationError(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "expected calibration error",
      "the mean distance of scores from the share that came true, in bins of equal width", better: .lower,
      bins,
      .equalWidth, isDefault: true
    ) { bins in bins.bins.reduce(0) { $0 + $1.weight * $1.error } / bins.weight }
  }

  /// The expected calibration error in bins with equal numbers of rows (Nguyen and O'Connor 2015).
  @Sendable static func equalMassCalibrationError(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "calibration error in bins of equal weight",
      "the mean distance of scores from the share that came true, in bins with equal numbers of rows",
      better: .lower,
      bins,
      .equalMass
    ) { bins in bins.bins.reduce(0) { $0 + $1.weight * $1.error } / bins.weight }
  }

  /// The maximum distance in a bin (Naeini, Cooper and Hauskrecht 2015).
  @Sendable static func maximumCalibrationError(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "maximum calibration error",
      "the largest distance of scores from the share that came true in a bin", better: .lower, bins,
      .equalWidth
    ) { $0.bins.map(\.error).max() ?? 0 }
  }

  /// Σ n_b / n (mean score − rate)² over bins: the part of the Brier score that perfect calibration would
  /// remove (Murphy 1973, equation 8). Brier = reliability − resolution + uncertainty. This is exact if every
  /// bin has one score; otherwise it holds up to the variance within bins.
  @Sendable static func brierReliability(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "reliability of the Brier score", "the part of the Brier score that comes from wrong calibration",
      better: .lower, bins, .equalWidth
    ) { bins in bins.bins.reduce(0) { $0 + $1.weight * $1.error * $1.error } / bins.weight }
  }

  /// Σ n_b / n (rate of the bin − base rate)²: how well the scores separate rows (Murphy 1973).
  @Sendable static func brierResolution(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "resolution of the Brier score", "how well the scores separate positives and negatives",
      better: .higher, bins, .equalWidth
    ) { bins in
      let base = bins.bins.reduce(0) { $0 + $1.positives } / bins.weight
      return bins.bins.reduce(0) { $0 + $1.weight * ($1.rate - base) * ($1.rate - base) } / bins.weight
    }
  }

  /// base rate · (1 − base rate): the Brier score of a constant score (Murphy 1973).
  static let brierUncertainty = Metric(
    "brier_uncertainty", "uncertainty of the Brier score",
    "the Brier score if every score is the base rate",
    better: .neither, in: .share, isDefault: false, probabilities: false
  ) { (scores: ScoreSums) in
    guard scores.weight > 0 else { return .undefined(reason: "no rows") }
    return .defined(scores.positive.weight / scores.weight * (scores.negative.weight / scores.weight))
  }

  /// mean(s) − P(y = 1): calibration in the large (Cox 1958).
  static let calibrationInTheLarge = Metric(
    "calibration_in_the_large", "calibration in the large", "the mean score minus the base rate",
    better: .near(0),
    in: .balance, isDefault: false, probabilities: true
  ) { (scores: ScoreSums) in
    guard scores.weight > 0 else { return .undefined(reason: "no rows") }
    let mean = (scores.positive.score + scores.negative.score) / scores.weight
    return .defined(mean - scores.positive.weight / scores.weight)
  }

  private static func calibration(
    _ name: String, _ title: String, _ meaning: String, better: Better, _ count: Int,
    _ rule: CalibrationBins.Rule, isDefault: Bool = false,
    _ evaluate: @escaping @Sendable (CalibrationBins) -> Double
  ) -> Metric {
    Metric(name, title, meaning, better: better, in: .share, isDefault: isDefault) {
      (scores: ScoreDistribution) in
      let bins = CalibrationBins(scores, count, rule)
      return bins.weight > 0 ? .defined(evaluate(bins)) : .undefined(reason: "no rows")
    }
  }
}
