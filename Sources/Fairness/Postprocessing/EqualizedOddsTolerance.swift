import Platform

// Equalized odds with a tolerance: in both rates, any two groups differ by at most the tolerance.

extension GroupThresholds {
  /// The best thresholds for an objective with which the true positive rates, and the false positive rates,
  /// of any two groups differ by at most `tolerance`.
  ///
  /// - Parameter randomized: whether two thresholds may be mixed and a coin may be used; otherwise each group
  ///   has one threshold.
  /// - Throws: `invalidData` if a group has no positive or no negative rows; `cancelled`.
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

  /// Finds the window [x₀, x₀ + t] × [y₀, y₀ + t] that contains a point of every group and has the best
  /// objective. The best objective is jointly concave in x₀ and y₀, because it is the maximum of a linear
  /// function over a convex set. Therefore a ternary search over x₀, with a ternary search over y₀ inside it,
  /// finds the maximum.
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
    /// The best point of each group in a window, and the sum of their objectives.
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

  /// The argument of the maximum of a concave function, by ternary search.
  private static func peak(from low: Double, to high: Double, _ value: (Double) -> Double) -> Double {
    var (low, high) = (low, high)
    for _ in 0..<90 {
      let third = (high - low) / 3
      if value(low + third) < value(high - third) { low += third } else { high -= third }
    }
    return (low + high) / 2
  }

  /// The smallest x at which the hull reaches y.
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

  /// The maximum number of thresholds of all groups together; of more, an evenly spaced selection is used.
  private static var mostThresholds: Int { 4000 }

  /// Both rates increase along a group's thresholds, so the thresholds within a window are consecutive. The
  /// window's corner is tried at every pair of rates that occur.
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
    // The window at (0, 0) contains the thresholds that select no row.
    guard let best else { throw Failure.internal("no thresholds are alike") }
    let points = groups.indices.map { index in
      groups[index].points[max(0, groups[index].best(best.columns[index], best.rows[index]))]
    }
    return GroupThresholds(
      decisions: points.map { GroupDecision(threshold: $0.threshold) },
      expected: points.map { ($0.truePositives, $0.falsePositives) })
  }
}

/// A group's thresholds with their rates; finds the best threshold of a range in constant time.
private struct OddsRange {
  let points: [ThresholdCurve.Point]
  /// False and true positive rates, ascending.
  let x: [Double]
  let y: [Double]
  let worth: [Double]
  /// A sparse table: element i of level l is the index of the best of 2^l thresholds from i on.
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

  /// The indices of the rates from `low` to `high`, both included.
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

  /// The index of the best threshold in both ranges; -1 if they do not overlap.
  func best(_ first: Range<Int>, _ second: Range<Int>) -> Int {
    let low = max(first.lowerBound, second.lowerBound)
    let count = min(first.upperBound, second.upperBound) - low
    guard count > 0 else { return -1 }
    let level = Int.bitWidth - 1 - count.leadingZeroBitCount
    let (a, b) = (levels[level][low], levels[level][low + count - (1 << level)])
    return worth[a] >= worth[b] ? a : b
  }
}
