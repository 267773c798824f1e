extension ScoreDistribution {
  public var isEmpty: Bool { scores.isEmpty }
  /// The number of points.
  public var count: Int { scores.count }
  public var positiveWeight: Double { positives.reduce(0, +) }
  public var negativeWeight: Double { negatives.reduce(0, +) }
  public var weight: Double { positiveWeight + negativeWeight }
  /// The weight at each point, of both labels.
  public var weights: [Double] { zip(positives, negatives).map(+) }

  /// The share of the weight at or below each point, over all rows.
  public var cumulative: [Double] { ScoreDistribution.running(weights) }
  /// The same over the rows with label 1; empty without such rows.
  public var cumulativePositives: [Double] { ScoreDistribution.running(positives) }
  /// The same over the rows with label 0; empty without such rows.
  public var cumulativeNegatives: [Double] { ScoreDistribution.running(negatives) }

  private static func running(_ weights: [Double]) -> [Double] {
    let total = weights.reduce(0, +)
    guard total > 0 else { return [] }
    var sum = 0.0
    return weights.map { weight in
      sum += weight
      return sum / total
    }
  }

  /// The mean score; nil without rows.
  public var mean: Double? { ScoreDistribution.mean(scores, weights) }
  public var meanOfPositives: Double? { ScoreDistribution.mean(scores, positives) }
  public var meanOfNegatives: Double? { ScoreDistribution.mean(scores, negatives) }

  private static func mean(_ scores: [Double], _ weights: [Double]) -> Double? {
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    return zip(scores, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
  }

  /// The lowest score with at least `share` of the weight at or below it; nil without rows.
  public func quantile(_ share: Double) -> Double? {
    let goal = share * weight
    var sum = 0.0
    for (score, weight) in zip(scores, weights) {
      sum += weight
      // Rounding may make a sum of weights slightly smaller than their total.
      if sum >= goal - 1e-12 * abs(goal) { return score }
    }
    return scores.last
  }

  /// The distribution of the rows with one label; their weight counts as negative.
  func ofLabel(_ label: Int) -> ScoreDistribution {
    var only = ScoreDistribution(bins: bins)
    only.reserve(count)
    for (score, weight) in zip(scores, label == 1 ? positives : negatives) {
      only.append(score, positive: 0, negative: weight)
    }
    return only
  }
}

extension ScoreDistribution {
  /// P(s⁺ > s⁻) + ½ P(s⁺ = s⁻); nil if a label does not occur. Rows in the same bin count as tied.
  public var areaUnderROC: Double? {
    let pairs = positiveWeight * negativeWeight
    guard pairs > 0 else { return nil }
    var (below, area) = (0.0, 0.0)
    for (positive, negative) in zip(positives, negatives) {
      area += positive * (below + negative / 2)
      below += negative
    }
    return area / pairs
  }
}
