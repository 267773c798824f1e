extension FairnessMeasure {
  /// ∫ abs(F_a(s) − F_b(s)) ds: the mean amount by which scores must move to make two groups' distributions
  /// equal (Wasserstein-1; Jiang et al. 2020, "Wasserstein Fair Classification").
  static let wasserstein = distances(
    "wasserstein_distance", "Wasserstein-1 distance of the scores", predictions: true, wassersteinDistance)

  @Sendable static func wassersteinDistance(_ a: ScoreDistribution, _ b: ScoreDistribution) -> MetricValue {
    var (difference, sum) = (0.0, 0.0)
    var last: Double?
    ScoreDistribution.walk(a, b) { score, first, second in
      if let last { sum += abs(difference) * (score - last) }
      last = score
      difference += first - second
    }
    return .defined(sum)
  }
}
