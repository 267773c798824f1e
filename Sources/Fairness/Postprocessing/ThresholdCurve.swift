import Platform

/// The possible results of a threshold on a group's scores: the counts at each threshold, from one above all
/// scores to one that all scores reach; between, they lie in the middle between neighbouring scores.
public struct ThresholdCurve: Sendable {
  /// Counts, or sums of weights, of the rows whose score is at least `threshold`.
  public struct Point: Sendable, Equatable {
    public let threshold: Float
    public let truePositives: Double
    public let falsePositives: Double
  }
  /// In descending order of the threshold: the first selects no row, the last selects all.
  public let points: [Point]
  /// The sum of weights of all positive rows.
  public let positives: Double
  /// The sum of weights of all negative rows.
  public let negatives: Double

  public var total: Double { positives + negatives }

  /// - Parameters:
  ///   - scores: one finite score per row.
  ///   - labels: whether each row is positive.
  ///   - weights: nil: all are 1.
  ///   - mostPoints: the maximum number of thresholds; of more, an evenly spaced selection is used.
  /// - Throws: `invalidData` if a row has no score; `outOfMemory`.
  public init(scores: [Float], labels: [Bool], weights: [Double]? = nil, mostPoints: Int = 10_000) throws {
    if let row = scores.firstIndex(where: { !$0.isFinite }) {
      throw Failure.invalidData("row \(row) has no score", at: "row \(row)")
    }
    try Memory.requireRoom(forRows: scores.count, for: "thresholds")
    let order = try DescendingRows(scores)
    var points = [Point(threshold: .infinity, truePositives: 0, falsePositives: 0)]
    var (positive, negative) = (0.0, 0.0)
    for place in 0..<order.count {
      let (row, score) = order[place]
      let weight = weights?[row] ?? 1
      if labels[row] { positive += weight } else { negative += weight }
      // Rows with the same score are on the same side of every threshold.
      if place + 1 == order.count || order[place + 1].score < score {
        let next = place + 1 < order.count ? order[place + 1].score : score
        points.append(
          Point(
            threshold: Self.threshold(between: next, and: score), truePositives: positive,
            falsePositives: negative))
      }
    }
    (positives, negatives) = (positive, negative)
    if points.count > mostPoints, mostPoints > 2 {
      let last = points.count - 1
      let kept = (0..<mostPoints).map { points[$0 * last / (mostPoints - 1)] }
      points = kept
    }
    self.points = points
  }

  /// The middle between two neighbouring scores: scores that another runtime computes with other roundings stay on the
  /// same side. If no float32 lies between them, the larger one.
  private static func threshold(between lower: Float, and upper: Float) -> Float {
    let middle = lower + (upper - lower) / 2
    return middle > lower && middle.isFinite ? middle : upper
  }

  /// The points of the upper convex hull of (x, y), from left to right: no mixture of thresholds lies above
  /// it (Hardt, Price and Srebro 2016, section 3.2).
  func hull(x: (Point) -> Double, y: (Point) -> Double) -> [(x: Double, y: Double, point: Point)] {
    let sorted = points.map { (x: x($0), y: y($0), point: $0) }.sorted {
      $0.x != $1.x ? $0.x < $1.x : $0.y > $1.y
    }
    var hull: [(x: Double, y: Double, point: Point)] = []
    for candidate in sorted {
      if let last = hull.last, candidate.x == last.x { continue }
      while hull.count > 1 {
        let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
        // b is below or on the line from a to the candidate, so it is not part of the hull.
        guard (b.y - a.y) * (candidate.x - a.x) <= (candidate.y - a.y) * (b.x - a.x) else { break }
        hull.removeLast()
      }
      hull.append(candidate)
    }
    return hull
  }
}
