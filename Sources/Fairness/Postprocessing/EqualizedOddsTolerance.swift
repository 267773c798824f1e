import Platform

// Equal odds within a tolerance: both rates of any two groups are within it of each other.

extension GroupThresholds {
  /// - Parameter randomized: whether thresholds may be mixed and a coin may decide; else each group has one threshold.
  /// - Throws: `invalidData` where a group lacks positive or negative rows; `cancelled`.
  public static func equalizingOdds(
    _ curves: [ThresholdCurve], tolerance: Double, for objective: ThresholdObjective, randomized: Bool
  ) throws -> GroupThresholds {
    if let index = curves.firstIndex(where: { !($0.positives > 0 && $0.negatives > 0) }) {
      throw Failure.invalidData("group \(index) has rows of one label only, so that its odds are not known")
    }
    guard randomized else { return try singleOdds(curves, tolerance, objective) }
    return tolerance > 0
      ? mixedOdds(curves, tolerance, objective) : try equalizingOdds(curves, for: objective)
  }

  // MARK: Mixtures

  /// The worth of windows [x₀, x₀ + t] × [y₀, y₀ + t] in which all groups' points lie is jointly concave in x₀ and y₀, as
  /// the greatest value of a linear function over a convex set: a search by thirds in one, and within it in the other,
  /// finds its peak.
  private static func mixedOdds(
    _ curves: [ThresholdCurve], _ tolerance: Double, _ objective: ThresholdObjective
  ) -> GroupThresholds {
    let worth = objective.worth(curves)
    let hulls = curves.map { curve in
      curve.hull(x: { $0.falsePositives / curve.negatives }) { $0.truePositives / curve.positives }
    }
    let slopes = curves.map { (gain: worth.gain * $0.positives, loss: worth.loss * $0.negatives) }
    let peaks = zip(hulls, slopes).map { hull, slope in
      hull.max { slope.gain * $0.y - slope.loss * $0.x < slope.gain * $1.y - slope.loss * $1.x }?.x ?? 0
    }
    /// Each group's best point in a window, and what they are worth together.
    func points(_ x: Double, _ y: Double) -> (points: [(x: Double, y: Double)], worth: Double) {
      var (found, total) = ([(x: Double, y: Double)](), 0.0)
      for (index, hull) in hulls.enumerated() {
        let low = max(0, x, place(hull, of: y))
        let high = max(low, min(1, x + tolerance, y + tolerance))
        let best = min(max(min(peaks[index], place(hull, of: y + tolerance)), low), high)
        let height = min(value(hull, at: best).y, y + tolerance)
        found.append((best, height))
        total += slopes[index].gain * height - slopes[index].loss * best
      }
      return (found, total)
    }
    func highest(_ x: Double) -> (points: [(x: Double, y: Double)], worth: Double) {
      let top = hulls.map { value($0, at: min(1, x + tolerance)).y }.min() ?? 0
      let y = peak(from: max(0, x) - tolerance, to: top) { points(x, $0).worth }
      return points(x, y)
    }
    let best = highest(peak(from: -tolerance, to: 1) { highest($0).worth }).points
    return GroupThresholds(
      decisions: zip(hulls, best).map { decision($0, at: $1) },
      expected: zip(curves, best).map { ($1.y * $0.positives, $1.x * $0.negatives) })
  }

  /// Where a concave function is largest.
  private static func peak(from low: Double, to high: Double, _ value: (Double) -> Double) -> Double {
    var (low, high) = (low, high)
    for _ in 0..<90 {
      let third = (high - low) / 3
      if value(low + third) < value(high - third) { low += third } else { high -= third }
    }
    return (low + high) / 2
  }

  /// The smallest x at which a hull is as high as y.
  private static func place(_ hull: Hull, of y: Double) -> Double {
    guard let first = hull.first, let last = hull.last, y > first.y else { return 0 }
    guard y < last.y else { return 1 }
    var (low, high) = (0, hull.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if hull[middle].y < y { low = middle } else { high = middle }
    }
    let (a, b) = (hull[low], hull[high])
    return b.y > a.y ? a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x) : b.x
  }

  // MARK: One threshold each

  /// More thresholds than this, of all groups together, are thinned evenly.
  private static var mostThresholds: Int { 4000 }

  /// Both rates rise along a group's thresholds, so that those within a window are neighbours.
  private static func singleOdds(
    _ curves: [ThresholdCurve], _ tolerance: Double, _ objective: ThresholdObjective
  ) throws -> GroupThresholds {
    let worth = objective.worth(curves)
    let most = max(50, mostThresholds / max(curves.count, 1))
    let groups = curves.map { curve -> OddsRange in
      let last = curve.points.count - 1
      let points =
        curve.points.count <= most
        ? curve.points : (0..<most).map { curve.points[$0 * last / (most - 1)] }
      return OddsRange(points, curve, worth)
    }
    let rows = Set(groups.flatMap(\.y)).sorted().map { y in
      groups.map { $0.range($0.y, from: y, to: y + tolerance + 1e-12) }
    }.filter { ranges in ranges.allSatisfy { !$0.isEmpty } }
    var best: (value: Double, columns: [Range<Int>], rows: [Range<Int>])?
    for x in Set(groups.flatMap(\.x)).sorted() {
      try HostCall.check()
      let columns = groups.map { $0.range($0.x, from: x, to: x + tolerance + 1e-12) }
      if columns.contains(where: \.isEmpty) { continue }
      for row in rows {
        var value = 0.0
        for index in groups.indices {
          let place = groups[index].best(columns[index], row[index])
          guard place >= 0 else {
            value = -.infinity
            break
          }
          value += groups[index].worth[place]
        }
        if value > best?.value ?? -.infinity { best = (value, columns, row) }
      }
    }
    // The window at the origin holds the thresholds that select no row.
    guard let best else { throw Failure.internal("no thresholds are alike") }
    let points = groups.indices.map { index in
      groups[index].points[max(0, groups[index].best(best.columns[index], best.rows[index]))]
    }
    return GroupThresholds(
      decisions: points.map { GroupDecision(threshold: $0.threshold) },
      expected: points.map { ($0.truePositives, $0.falsePositives) })
  }
}

/// A group's thresholds with their rates, and the best of any that are neighbours.
private struct OddsRange {
  let points: [ThresholdCurve.Point]
  /// False and true positive rates, ascending.
  let x: [Double]
  let y: [Double]
  let worth: [Double]
  /// At level l for each place the best of 2^l from there on.
  private let levels: [[Int]]

  init(
    _ points: [ThresholdCurve.Point], _ curve: ThresholdCurve, _ worth: (gain: Double, loss: Double)
  ) {
    self.points = points
    x = points.map { $0.falsePositives / curve.negatives }
    y = points.map { $0.truePositives / curve.positives }
    let values = points.map { worth.gain * $0.truePositives - worth.loss * $0.falsePositives }
    self.worth = values
    var levels = [Array(points.indices)]
    var size = 1
    while 2 * size <= points.count {
      let last = levels[levels.count - 1]
      levels.append(
        (0...(points.count - 2 * size)).map {
          values[last[$0]] >= values[last[$0 + size]] ? last[$0] : last[$0 + size]
        })
      size *= 2
    }
    self.levels = levels
  }

  /// The places whose rates lie between two, both included.
  func range(_ rates: [Double], from low: Double, to high: Double) -> Range<Int> {
    func first(_ fulfils: (Double) -> Bool) -> Int {
      var (low, high) = (0, rates.count)
      while low < high {
        let middle = (low + high) / 2
        if fulfils(rates[middle]) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    let (start, end) = (first { $0 >= low }, first { $0 > high })
    return start..<max(start, end)
  }

  /// The best place that is in both ranges; -1 where there is none.
  func best(_ first: Range<Int>, _ second: Range<Int>) -> Int {
    let low = max(first.lowerBound, second.lowerBound)
    let count = min(first.upperBound, second.upperBound) - low
    guard count > 0 else { return -1 }
    let level = Int.bitWidth - 1 - count.leadingZeroBitCount
    let (a, b) = (levels[level][low], levels[level][low + count - (1 << level)])
    return worth[a] >= worth[b] ? a : b
  }
}
