extension Metric {
  /// Σ n_b / n (mean score − rate)² over bins: the part of the Brier score that calibration would remove
  /// (Murphy 1973, equation 8). Brier = reliability − resolution + uncertainty, exactly where each bin has
  /// one score, else up to the variance within bins.
  @Sendable static func brierReliability(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "Part of the Brier score from wrong calibration, \(bins) equal bins.", better: .lower, bins,
      .equalWidth,
      isDefault: false
    ) { bins in bins.bins.reduce(0) { $0 + $1.weight * $1.error * $1.error } / bins.weight }
  }

  /// Σ n_b / n (rate of the bin − base rate)²: how far the scores tell rows apart (Murphy 1973).
  @Sendable static func brierResolution(_ name: String, bins: Int) -> Metric {
    calibration(
      name, "How far the scores tell positives and negatives apart, \(bins) equal bins.", better: .higher,
      bins, .equalWidth,
      isDefault: false
    ) { bins in
      let base = bins.bins.reduce(0) { $0 + $1.positives } / bins.weight
      return bins.bins.reduce(0) { $0 + $1.weight * ($1.rate - base) * ($1.rate - base) } / bins.weight
    }
  }

  /// base rate · (1 − base rate): the Brier score of a constant score (Murphy 1973).
  static let brierUncertainty = Metric(
    "brier_uncertainty", "Brier score of the base rate as everyone's score.", better: .neither,
    isDefault: false,
    probabilities: false
  ) { (scores: ScoreSums) in
    guard scores.weight > 0 else { return .undefined(reason: "no rows") }
    return .defined(scores.positive.weight / scores.weight * (scores.negative.weight / scores.weight))
  }
}
