#if canImport(Glibc)
  import Glibc
#endif

/// The points at which all groups' scores are resampled. All groups use the same points, so that they can be
/// added point by point.
///
/// There are at most `maximum` points; more scores are merged with their neighbours into points of about
/// equal weight. The merging changes a metric by the same amount in every draw; this amount is subtracted
/// again.
struct ScorePoints {
  static let maximum = 512
  /// With many groups, fewer points are used, so that a draw has at most a few million numbers.
  private static let maximumNumbers = 1 << 22

  /// Ascending, (points).
  let scores: [Double]
  /// By combination of groups, then point, then label 0 and 1: (combinations, points, 2).
  let weights: [Double]

  /// - Parameter distributions: one for each combination of groups.
  init(_ distributions: [ScoreDistribution]) {
    var pooled = ScoreDistribution(bins: distributions.first?.bins ?? 0)
    var waiting = distributions.filter { !$0.scores.isEmpty }
    // Merged in pairs, so that each point is moved a logarithmic number of times.
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
      // A point with a single score has exactly that score.
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

  /// The distribution of one group; weights are (points, 2).
  func distribution(_ weights: UnsafePointer<Double>) -> ScoreDistribution {
    var found = ScoreDistribution()
    found.reserve(scores.count)
    for (point, score) in scores.enumerated() {
      found.append(score, positive: weights[point * 2 + 1], negative: weights[point * 2])
    }
    return found
  }

  /// Sets the sums of a group that metrics of scores read.
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
    // Precision is accumulated from the highest score down.
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
  /// Empty sums.
  init() {}

  /// Adds weight at a score; for the logarithm, the score is clamped to 2⁻⁵² ... 1 − 2⁻⁵², as in `log_loss`.
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
