/// Points none of which is at least as good as another in every goal and better in one (Pareto dominance).
enum NonDominated {
  /// The indices of the points that no other point dominates, in ascending order. Of equal points, only the first is
  /// included.
  ///
  /// - Parameter points: for each point its goals; smaller is better.
  static func indices(_ points: [[Double]]) -> [Int] {
    points.indices.filter { index in
      !points.indices.contains { other in
        dominates(points[other], points[index]) || other < index && points[other] == points[index]
      }
    }
  }

  /// Whether a point is at least as good as another in every goal, and better in one.
  static func dominates(_ first: [Double], _ second: [Double]) -> Bool {
    zip(first, second).allSatisfy { $0 <= $1 } && zip(first, second).contains { $0 < $1 }
  }
}
