/// A group's ROC curve: points (false positive rate, true positive rate) for descending thresholds, from (0,
/// 0) to (1, 1).
struct ReceiverCurve {
  private(set) var points: [(x: Double, y: Double)] = [(0, 0)]

  /// - Returns: nil if a label does not occur.
  init?(_ distribution: ScoreDistribution) {
    let (positives, negatives) = (distribution.positiveWeight, distribution.negativeWeight)
    guard positives > 0, negatives > 0 else { return nil }
    points.reserveCapacity(distribution.count + 1)
    var (hits, alarms) = (0.0, 0.0)
    for (positive, negative) in zip(distribution.positives, distribution.negatives).reversed() {
      hits += positive
      alarms += negative
      points.append((min(1, alarms / negatives), min(1, hits / positives)))
    }
    points[points.count - 1] = (1, 1)
  }

  /// ∫ |TPR_a − TPR_b| over the false positive rate, exact for piecewise linear curves.
  static func areaBetween(_ first: ReceiverCurve, _ second: ReceiverCurve) -> Double {
    let (a, b) = (first.slopes, second.slopes)
    var (i, j) = (0, 0)
    var (x, area) = (0.0, 0.0)
    while i < a.count && j < b.count {
      let end = min(a[i].end, b[j].end)
      let (left, right) = (a[i].at(x) - b[j].at(x), a[i].at(end) - b[j].at(end))
      if left * right >= 0 {
        area += (end - x) * abs(left + right) / 2
      } else {
        area += (end - x) * (left * left + right * right) / (2 * (abs(left) + abs(right)))
      }
      x = end
      if a[i].end <= end { i += 1 }
      if j < b.count, b[j].end <= end { j += 1 }
    }
    return area
  }

  private struct Slope {
    let start, end, from, to: Double
    func at(_ x: Double) -> Double { from + (to - from) * ((x - start) / (end - start)) }
  }

  /// The segments that are not vertical.
  private var slopes: [Slope] {
    zip(points, points.dropFirst()).compactMap { first, second in
      second.x > first.x ? Slope(start: first.x, end: second.x, from: first.y, to: second.y) : nil
    }
  }

  /// At most `most` of the points, including both ends, evenly spaced along the curve's length.
  func thinned(to most: Int) -> [(x: Double, y: Double)] {
    guard points.count > most, most > 2 else { return points }
    let step = 2 / Double(most - 2)
    var (kept, next) = ([points[0]], step)
    for point in points.dropLast().dropFirst() where point.x + point.y >= next {
      kept.append(point)
      next = point.x + point.y + step
    }
    return kept + [(1, 1)]
  }
}
