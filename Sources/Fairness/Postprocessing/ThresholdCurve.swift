import Platform

/// What can be decided of a group's rows by a threshold on their scores: the counts at each threshold, from the one above
/// all scores down to the one that all reach.
public struct ThresholdCurve: Sendable {
  /// Counts, or sums of weights, of the rows whose score is at least `threshold`.
  public struct Point: Sendable, Equatable {
    public let threshold: Float
    public let truePositives: Double
    public let falsePositives: Double
  }
  /// In descending order of the threshold: the first selects no row, the last selects all.
  public let points: [Point]
  public let positives: Double
  public let negatives: Double

  public var total: Double { positives + negatives }

  /// - Parameters:
  ///   - scores: finite.
  ///   - labels: whether a row is positive.
  ///   - weights: nil: all are 1.
  ///   - mostPoints: of more thresholds as many stay, evenly by their places.
  /// - Throws: `invalidData` where a row has no score; `outOfMemory`.
  public init(scores: [Float], labels: [Bool], weights: [Double]? = nil, mostPoints: Int = 10_000) throws {
    if let row = scores.firstIndex(where: { !$0.isFinite }) {
      throw Failure.invalidData("row \(row) has no score", at: "row \(row)")
    }
    try Memory.requireRoom(forRows: scores.count, for: "thresholds")
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var points = [Point(threshold: .infinity, truePositives: 0, falsePositives: 0)]
    var (positive, negative) = (0.0, 0.0)
    for (place, row) in order.enumerated() {
      let weight = weights?[row] ?? 1
      if labels[row] { positive += weight } else { negative += weight }
      // Rows of one score are on one side of every threshold.
      if place + 1 == order.count || scores[order[place + 1]] < scores[row] {
        points.append(Point(threshold: scores[row], truePositives: positive, falsePositives: negative))
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

  /// The points of the upper convex hull of (x, y), from the left on: no mixture of thresholds is better
  /// (Hardt, Price and Srebro 2016, section 3.2).
  func hull(x: (Point) -> Double, y: (Point) -> Double) -> [(x: Double, y: Double, point: Point)] {
    let sorted = points.map { (x: x($0), y: y($0), point: $0) }.sorted {
      $0.x != $1.x ? $0.x < $1.x : $0.y > $1.y
    }
    var hull: [(x: Double, y: Double, point: Point)] = []
    for candidate in sorted {
      if let last = hull.last, candidate.x == last.x { continue }
      while hull.count > 1 {
        let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
        // Left of or on the line from a to the candidate: b is not needed.
        guard (b.y - a.y) * (candidate.x - a.x) <= (candidate.y - a.y) * (b.x - a.x) else { break }
        hull.removeLast()
      }
      hull.append(candidate)
    }
    return hull
  }
}
