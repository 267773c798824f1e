/// The increasing step function of the score with the least squared error, linear between the steps (Zadrozny
/// and Elkan 2002; pool adjacent violators, Ayer et al. 1955).
public struct IsotonicCalibration: Calibrator, Equatable {
  /// The scores of the function's points, ascending.
  public let scores: [Double]
  /// The probability at each of `scores`.
  public let probabilities: [Double]

  public init(scores: [Double], probabilities: [Double]) {
    (self.scores, self.probabilities) = (scores, probabilities)
  }

  public init(_ rows: CalibrationRows) {
    let order = rows.scores.indices.sorted { rows.scores[$0] < rows.scores[$1] }
    // Rows with the same score are merged to their mean first.
    var blocks: [(low: Double, high: Double, sum: Double, weight: Double)] = []
    var start = 0
    while start < order.count {
      var end = start
      var (sum, weight) = (0.0, 0.0)
      let score = rows.scores[order[start]]
      while end < order.count, rows.scores[order[end]] == score {
        weight += rows.weight(order[end])
        sum += rows.labels[order[end]] ? rows.weight(order[end]) : 0
        end += 1
      }
      start = end
      guard weight > 0 else { continue }
      blocks.append((score, score, sum, weight))
      while blocks.count > 1 {
        let (a, b) = (blocks[blocks.count - 2], blocks[blocks.count - 1])
        guard a.sum * b.weight >= b.sum * a.weight else { break }
        blocks.removeLast()
        blocks[blocks.count - 1] = (a.low, b.high, a.sum + b.sum, a.weight + b.weight)
      }
    }
    var (scores, probabilities) = ([Double](), [Double]())
    for block in blocks {
      scores.append(block.low)
      probabilities.append(block.sum / block.weight)
      if block.high > block.low {
        scores.append(block.high)
        probabilities.append(block.sum / block.weight)
      }
    }
    (self.scores, self.probabilities) = (scores, probabilities)
  }

  public func probability(_ score: Double) -> Double {
    guard let first = scores.first, let last = scores.last, !score.isNaN else { return 0.5 }
    if score <= first { return probabilities[0] }
    if score >= last { return probabilities[probabilities.count - 1] }
    var (low, high) = (0, scores.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if scores[middle] <= score { low = middle } else { high = middle }
    }
    let share = (score - scores[low]) / (scores[high] - scores[low])
    return probabilities[low] + share * (probabilities[high] - probabilities[low])
  }
}
