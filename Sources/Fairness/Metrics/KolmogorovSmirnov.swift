extension FairnessMeasure {
  /// max over s of abs(F_a(s) − F_b(s)), F the distribution functions of the scores of two groups
  /// (Kolmogorov 1933, Smirnov 1939): strong demographic parity, at the threshold where it is worst.
  static let kolmogorovSmirnov = distances(
    "ks_distance", "Kolmogorov-Smirnov distance of the scores", predictions: true, kolmogorovSmirnovDistance)

  @Sendable static func kolmogorovSmirnovDistance(_ a: ScoreDistribution, _ b: ScoreDistribution)
    -> MetricValue
  {
    var (difference, largest) = (0.0, 0.0)
    ScoreDistribution.walk(a, b) { _, first, second in
      difference += first - second
      largest = max(largest, abs(difference))
    }
    return .defined(min(largest, 1))
  }
}
