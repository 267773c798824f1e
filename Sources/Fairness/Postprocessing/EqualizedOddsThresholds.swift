import Platform

extension GroupThresholds {
  /// The thresholds with which every group has the same true and false positive rates, and of these the best
  /// for an objective (Hardt, Price and Srebro 2016, section 4). The common point lies in the area below
  /// every group's ROC hull, on the area's upper edge. If a group's hull lies above the point, some of its
  /// rows are decided by a coin.
  ///
  /// - Throws: `invalidData` if a group has no positive or no negative rows.
  public static func equalizingOdds(_ curves: [ThresholdCurve], for objective: ThresholdObjective) throws
    -> GroupThresholds
  {
    if let index = curves.firstIndex(where: { !($0.positives > 0 && $0.negatives > 0) }) {
      throw Failure.invalidData("group \(index) has rows of one label only, so that its odds are not known")
    }
    let hulls = curves.map { curve in
      curve.hull(x: { $0.falsePositives / curve.negatives }) { $0.truePositives / curve.positives }
    }
    let worth = objective.worth(curves)
    let positives = worth.gain * curves.reduce(0) { $0 + $1.positives }
    let negatives = worth.loss * curves.reduce(0) { $0 + $1.negatives }
    var best: (worth: Double, x: Double, y: Double)?
    for x in edges(hulls) {
      let y = hulls.map { value($0, at: x).y }.min() ?? 0
      let worth = positives * y - negatives * x
      if worth > best?.worth ?? -.infinity { best = (worth, x, y) }
    }
    guard let best else { throw Failure.invalidData("there are no groups to decide") }
    return GroupThresholds(
      decisions: hulls.map { decision($0, at: (best.x, best.y)) },
      expected: curves.map { (best.y * $0.positives, best.x * $0.negatives) })
  }

  /// The decision that reaches a point on or below a group's hull.
  static func decision(_ hull: Hull, at point: (x: Double, y: Double)) -> GroupDecision {
    let own = value(hull, at: point.x)
    var decision = GroupDecision(mixing: own.left.threshold, own.right.threshold, share: own.share)
    // A coin that says yes with probability x moves the point down towards the diagonal.
    if own.y - point.y > 1e-12, own.y > point.x {
      decision.coin = ((own.y - point.y) / (own.y - point.x), point.x)
    }
    return decision
  }

  typealias Hull = [(x: Double, y: Double, point: ThresholdCurve.Point)]

  static func value(_ hull: Hull, at x: Double) -> (
    y: Double, left: ThresholdCurve.Point, right: ThresholdCurve.Point, share: Double
  ) {
    var (low, high) = (0, max(0, hull.count - 1))
    while high - low > 1 {
      let middle = (low + high) / 2
      if hull[middle].x <= x { low = middle } else { high = middle }
    }
    let (a, b) = (hull[low], hull[high])
    guard b.x > a.x else { return (a.y, a.point, a.point, 1) }
    let share = min(max((b.x - x) / (b.x - a.x), 0), 1)
    return (share * a.y + (1 - share) * b.y, a.point, b.point, share)
  }

  /// The possible corners of the lowest hull: the corners of all hulls, and the points where two hulls cross.
  private static func edges(_ hulls: [Hull]) -> [Double] {
    var all = Set(hulls.flatMap { $0.map(\.x) })
    let sorted = all.sorted()
    for (left, right) in zip(sorted, sorted.dropFirst()) {
      // Between two corners, every hull is a straight line.
      let lines = hulls.map { (a: value($0, at: left).y, b: value($0, at: right).y) }
      for i in lines.indices {
        for j in 0..<i {
          let (before, after) = (lines[i].a - lines[j].a, lines[i].b - lines[j].b)
          if before * after < 0 { all.insert(left + (right - left) * before / (before - after)) }
        }
      }
    }
    return all.sorted()
  }
}
