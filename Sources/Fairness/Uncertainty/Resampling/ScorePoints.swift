#if canImport(Glibc)
  import Glibc
#endif

/// The points at which all groups' scores are drawn again: shared, so that groups add up point by point.
///
/// At most `maximum` points; where there are more scores, neighbours are joined to points of about equal
/// weight. What the joining changes in a metric is the same in every draw, and is taken off again.
struct ScorePoints {
  static let maximum = 512
  /// With many groups there are fewer points, so that a draw stays below a few million numbers.
  private static let maximumNumbers = 1 << 22

  /// Ascending, (points).
  let scores: [Double]
  /// By combination of groups, then point, then label 0 and 1: (combinations, points, 2).
  let weights: [Double]

  /// - Parameter distributions: of each combination of groups.
  init(_ distributions: [ScoreDistribution]) {
    var pooled = ScoreDistribution(bins: distributions.first?.bins ?? 0)
    var waiting = distributions.filter { !$0.scores.isEmpty }
    // In pairs, so that a point is moved a logarithmic number of times.
    while waiting.count > 1 {
      waiting = stride(from: 0, to: waiting.count, by: 2).map { first in
        var joint = waiting[first]
        if first + 1 < waiting.count { joint.add(waiting[first + 1]) }
        return joint
      }
    }
    if let all = waiting.first { pooled = all }
    let masses = zip(pooled.positives, pooled.negatives).map { $0 + $1 }
    let total = masses.reduce(0, +)
    let most = max(
      16, min(ScorePoints.maximum, ScorePoints.maximumNumbers / (2 * max(1, distributions.count))))
    let share = pooled.scores.count <= most ? 0 : total / Double(most)
    var points: [Double] = []
    // The largest score of each point.
    var ends: [Double] = []
    var (mass, moment) = (0.0, 0.0)
    for (index, (score, weight)) in zip(pooled.scores, masses).enumerated() {
      mass += weight
      moment += weight * score
      guard mass >= share || index == pooled.scores.count - 1 else { continue }
      // One score stands for itself exactly.
      points.append(mass == weight ? score : moment / mass)
      ends.append(score)
      (mass, moment) = (0, 0)
    }
    scores = points
    var weights = [Double](repeating: 0, count: distributions.count * points.count * 2)
    for (key, distribution) in distributions.enumerated() {
      var point = 0
      for (score, labels) in zip(distribution.scores, zip(distribution.positives, distribution.negatives)) {
        while point + 1 < ends.count && ends[point] < score { point += 1 }
        let place = (key * points.count + point) * 2
        guard weights.indices.contains(place + 1) else { continue }
        weights[place] += labels.1
        weights[place + 1] += labels.0
      }
    }
    self.weights = weights
  }

  /// The distribution of one group's weights, (points, 2).
  func distribution(_ weights: UnsafePointer<Double>) -> ScoreDistribution {
    var found = ScoreDistribution()
    found.reserve(scores.count)
    for (point, score) in scores.enumerated() {
      found.append(score, positive: weights[point * 2 + 1], negative: weights[point * 2])
    }
    return found
  }

  /// Sets what the metrics of scores read of a group.
  func describe(_ group: inout GroupSums, _ weights: UnsafePointer<Double>, distribution wanted: Bool) {
    var sums = ScoreSums()
    var areas = RankAreas(positives: 0, negatives: 0, rocArea: 0, precisionSum: 0, notFinite: 0)
    for (point, score) in scores.enumerated() {
      let (negative, positive) = (weights[point * 2], weights[point * 2 + 1])
      guard positive + negative > 0 else { continue }
      sums.add(score, positive: positive, negative: negative)
      areas.rocArea += positive * (areas.negatives + negative / 2)
      areas.positives += positive
      areas.negatives += negative
    }
    // Precision is counted from the highest score down.
    var (above, right) = (0.0, 0.0)
    for point in scores.indices.reversed() {
      let (negative, positive) = (weights[point * 2], weights[point * 2 + 1])
      above += negative + positive
      right += positive
      if above > 0 { areas.precisionSum += positive * right / above }
    }
    group.setScores(sums)
    group.ranks = areas
    if wanted { group.distribution = distribution(weights) }
  }
}

extension ScoreSums {
  /// No rows.
  init() {}

  /// Adds weight at a score; the logarithm keeps scores 2⁻⁵² away from 0 and 1, as `log_loss` does.
  mutating func add(_ score: Double, positive: Double, negative: Double) {
    let kept = min(max(score, 0x1p-52), 1 - 0x1p-52)
    add(&self.positive, positive, score, 1 - score, -log(kept))
    add(&self.negative, negative, score, score, -log1p(-kept))
    if score < 0 || score > 1 { outside += positive + negative }
  }

  private func add(
    _ label: inout Label, _ weight: Double, _ score: Double, _ error: Double, _ loss: Double
  ) {
    label.weight += weight
    label.score += weight * score
    label.squaredError += weight * error * error
    label.logLoss += weight * loss
  }
}
