extension Metric {
  /// Σₖ (Rₖ − Rₖ₋₁) Pₖ over the thresholds, highest first, with recall R and precision P there
  /// (scikit-learn's `average_precision_score`: no interpolation).
  static let averagePrecision = Metric(
    "average_precision", "Area under the precision-recall curve, as a step function.", better: .higher
  ) { (ranks: RankAreas) in
    .rate(ranks.precisionSum, of: ranks.positives, unless: "no positive labels")
  }
}
