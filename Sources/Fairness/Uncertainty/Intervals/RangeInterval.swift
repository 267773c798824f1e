#if canImport(Glibc)
  import Glibc
#endif
import Platform

/// Intervals of how far independent estimates lie apart: largest less smallest, or the largest distance
/// from their weighted mean.
///
/// The observed range of several estimates is larger than the true one, most of all where the true one is
/// 0, so that neither a normal interval nor a percentile bootstrap covers it. Here a true range θ is in the
/// interval when the observed range T is not surprising under it (a test inverted: Carpenter 1999, "Test
/// inversion bootstrap confidence intervals"): P_θ(T* ≥ T) > α_u(θ) and P_θ(T* ≤ T) > α_l(θ), with normal
/// estimates around a configuration of the observed shape, scaled to θ.
///
/// - Near 0 all of α is in the upper tail, and it moves to half on either side as θ grows (the idea of
///   Feldman and Cousins 1998), so that a range of 0 is covered as often as said, neither more nor less.
/// - The shape is not known either. For the lower limit, estimates within 1.6 standard errors of an end are
///   moved to that end, as ties make a large range likely (generalized moment selection: Andrews and Soares
///   2010), and so are families (TPR, FPR) within 1.6 of the widest; for the upper limit those between the
///   ends are drawn to the middle by half a standard error. The two figures were chosen by simulation
///   (docs/uncertainty.md).
struct RangeInterval {
  /// Estimates that are compared with one another.
  struct Family {
    var values: [Double]
    var errors: [Double]
    /// Shares of the whole, if the distance is the largest from the mean with these; nil: largest less
    /// smallest.
    var shares: [Double]? = nil
    /// How many rows the estimates are of.
    var rows = 0.0
  }
  enum Combination { case largest, mean }

  private static let tieWidth = 1.6
  private static let middleWidth = 0.5 * 2.0.squareRoot()

  let confidence: Double
  /// Standard normal numbers, (draws, capacity).
  private let normals: [Double]
  private let capacity: Int
  private let draws: Int

  /// - Parameter capacity: the most estimates of all families together.
  init(confidence: Double, capacity: Int, seed: UInt64) {
    self.confidence = confidence
    self.capacity = max(1, capacity)
    // Many groups take long, and the tails of their range are smooth.
    draws = max(200, min(1_000, 200_000 / self.capacity))
    var stream = RandomStream(seed: seed, purpose: "ranges of groups")
    normals = (0..<(draws * self.capacity)).map { _ in
      // Box and Muller 1958.
      (-2 * log(1 - stream.uniform())).squareRoot() * cos(2 * .pi * stream.uniform())
    }
  }

  /// The interval of the families' ranges combined; nil if a family has fewer than two estimates.
  func interval(_ families: [Family], _ combination: Combination = .largest) -> Interval? {
    guard !families.isEmpty,
      families.allSatisfy({
        $0.values.count > 1 && $0.errors.count == $0.values.count && $0.errors.contains { $0 > 0 }
      }), families.reduce(0, { $0 + $1.values.count }) <= capacity
    else { return nil }
    let ranges = families.map { RangeInterval.range($0.values, $0.shares) }
    let observed = RangeInterval.combine(ranges, combination)
    let scale = RangeInterval.scale(families, ranges)
    guard scale > 0, scale.isFinite, observed.isFinite else { return nil }
    if combination == .largest, families.allSatisfy({ $0.shares != nil }) {
      return distanceInterval(families, observed, scale)
    }
    var ties = families.map(RangeInterval.tied)
    if combination == .largest { RangeInterval.tie(&ties, families, ranges) }
    let upperShape = Shape(ties, combination, observed)
    let lowerShape = Shape(families.map(RangeInterval.spread), combination, observed)
    let below = boundary(from: 0, to: observed) { theta in
      tail(upperShape, theta, atLeast: observed) > alphas(theta / scale).upper
    }
    var far = observed + 4 * scale
    while tail(lowerShape, far, atLeast: nil, atMost: observed) > alphas(far / scale).lower, far < 1e6 * scale
    {
      far += 4 * scale
    }
    let above = boundary(from: far, to: min(observed, far)) { theta in
      let allowed = alphas(theta / scale).lower
      return allowed <= 0 || tail(lowerShape, theta, atLeast: nil, atMost: observed) > allowed
    }
    return Interval(min(below, observed), max(above, observed))
  }

  /// The interval of the largest distance from the means (`MeanContrasts`).
  private func distanceInterval(_ families: [Family], _ observed: Double, _ scale: Double) -> Interval? {
    guard let contrasts = MeanContrasts(families, observed: observed) else { return nil }
    let below = boundary(from: 0, to: observed) { theta in
      var hits = 0
      normals.withUnsafeBufferPointer { normals in
        for draw in 0..<draws {
          hits += contrasts.drawn(theta, normals, draw * capacity) >= observed ? 1 : 0
        }
      }
      return Double(hits) / Double(draws) > alphas(theta / scale).upper
    }
    let far = max(
      observed + 4 * scale, contrasts.upperLimit(NormalDistribution.critical(confidence: confidence)))
    let above = boundary(from: far, to: observed) { theta in
      let allowed = alphas(theta / scale).lower
      return allowed <= 0 || contrasts.upperLimit(-NormalDistribution.quantile(allowed)) >= theta
    }
    return Interval(min(below, observed), max(above, observed))
  }

  /// All of α above while θ is within 1.5 standard errors, half from 2.5 on.
  private func alphas(_ ratio: Double) -> (upper: Double, lower: Double) {
    let alpha = 1 - confidence
    let lower = min(1, max(0, ratio - 1.5)) * alpha / 2
    return (alpha - lower, lower)
  }

  /// The accepted point nearest to `outer`; `inner` is taken to be accepted.
  private func boundary(from outer: Double, to inner: Double, accepts: (Double) -> Bool) -> Double {
    if accepts(outer) { return outer }
    var (rejected, accepted) = (outer, inner)
    for _ in 0..<16 {
      let middle = (rejected + accepted) / 2
      if accepts(middle) { accepted = middle } else { rejected = middle }
    }
    return accepted
  }

  /// Where the estimates' expectations lie for a true range, with the observed one as unit.
  private struct Shape {
    /// Distances from the middle of the ends.
    var families: [Family]
    var combination: Combination
    /// The families' ranges combined.
    var range: Double

    init(_ families: [Family], _ combination: Combination, _ observed: Double) {
      self.combination = combination
      var centered = families.map { family in
        let middle = ((family.values.max() ?? 0) + (family.values.min() ?? 0)) / 2
        var family = family
        family.values = family.values.map { $0 - middle }
        return family
      }
      range = RangeInterval.combine(
        centered.map { RangeInterval.range($0.values, $0.shares) }, combination)
      if range <= 0 {
        // No shape was seen: the first estimate is put on one end, the second on the other.
        for index in centered.indices {
          centered[index].values = centered[index].values.indices.map { $0 == 0 ? 0.5 : $0 == 1 ? -0.5 : 0 }
        }
        range = RangeInterval.combine(
          centered.map { RangeInterval.range($0.values, $0.shares) }, combination)
      }
      self.families = centered
    }
  }

  /// P(T* ≥ atLeast), or P(T* ≤ atMost), when the true range is `theta`.
  private func tail(_ shape: Shape, _ theta: Double, atLeast: Double?, atMost: Double = 0) -> Double {
    let factor = shape.range > 0 ? theta / shape.range : 0
    if shape.families.count == 1, let only = shape.families.first, only.values.count == 2, only.shares == nil
    {
      // The difference of two normal estimates, folded: no draws are needed.
      let error = only.errors.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let bound = atLeast ?? atMost
      let above =
        NormalDistribution.cumulative((theta - bound) / error)
        + NormalDistribution.cumulative((-theta - bound) / error)
      return atLeast == nil ? 1 - above : above
    }
    var hits = 0
    normals.withUnsafeBufferPointer { normals in
      for draw in 0..<draws {
        let drawn = drawnRange(shape, factor, normals, draw * capacity)
        if let atLeast { hits += drawn >= atLeast ? 1 : 0 } else { hits += drawn <= atMost ? 1 : 0 }
      }
    }
    return Double(hits) / Double(draws)
  }

  private func drawnRange(
    _ shape: Shape, _ factor: Double, _ normals: UnsafeBufferPointer<Double>, _ start: Int
  ) -> Double {
    var place = start
    var combined = 0.0
    for family in shape.families {
      var (least, most, mean) = (Double.infinity, -Double.infinity, 0.0)
      for index in family.values.indices where normals.indices.contains(place) {
        let value = family.values[index] * factor + family.errors[index] * normals[place]
        place += 1
        least = min(least, value)
        most = max(most, value)
        if let shares = family.shares { mean += shares[index] * value }
      }
      let range = family.shares == nil ? most - least : max(most - mean, mean - least)
      combined =
        shape.combination == .largest
        ? max(combined, range) : combined + range / Double(shape.families.count)
    }
    return combined
  }

  private static func range(_ values: [Double], _ shares: [Double]?) -> Double {
    guard let least = values.min(), let most = values.max() else { return 0 }
    guard let shares else { return most - least }
    let mean = zip(values, shares).reduce(0) { $0 + $1.0 * $1.1 }
    return max(most - mean, mean - least)
  }

  private static func combine(_ ranges: [Double], _ combination: Combination) -> Double {
    combination == .largest ? ranges.max() ?? 0 : ranges.reduce(0, +) / Double(max(1, ranges.count))
  }

  /// The standard error of the difference between the ends of the widest family.
  private static func scale(_ families: [Family], _ ranges: [Double]) -> Double {
    guard let widest = ranges.max(), let place = ranges.firstIndex(of: widest) else { return 0 }
    let family = families[place]
    let ends = ends(family)
    var difference =
      (family.errors[ends.high] * family.errors[ends.high] + family.errors[ends.low] * family.errors[ends.low])
      .squareRoot()
    if let shares = family.shares {
      // Distances from the mean are shorter than those between ends.
      let across = family.values[ends.high] - family.values[ends.low]
      difference *= across > 0 ? widest / across : 1 - (shares.max() ?? 0) / 2
    }
    return difference
  }

  private static func ends(_ family: Family) -> (high: Int, low: Int) {
    let high = family.values.indices.max { family.values[$0] < family.values[$1] } ?? 0
    let low = family.values.indices.filter { $0 != high }.min { family.values[$0] < family.values[$1] } ?? 0
    return (high, low)
  }

  /// Estimates that are not clearly apart from an end stand at it.
  private static func tied(_ family: Family) -> Family {
    let ends = ends(family)
    let (most, least) = (family.values[ends.high], family.values[ends.low])
    func distance(_ index: Int, _ end: Int) -> Double {
      let error = (family.errors[index] * family.errors[index] + family.errors[end] * family.errors[end])
        .squareRoot()
      return abs(family.values[index] - family.values[end]) / max(error, 1e-300)
    }
    var moved = family
    for index in family.values.indices where index != ends.high && index != ends.low {
      let (up, down) = (distance(index, ends.high), distance(index, ends.low))
      if min(up, down) < tieWidth { moved.values[index] = up <= down ? most : least }
    }
    return moved
  }

  /// Families whose range is not clearly less than the widest have the widest one's: several tables that may
  /// tie make a large maximum likely, as several groups do.
  private static func tie(_ moved: inout [Family], _ families: [Family], _ ranges: [Double]) {
    guard let widest = ranges.max(), let first = ranges.firstIndex(of: widest) else { return }
    let error = scale([families[first]], [widest])
    for index in moved.indices where index != first && ranges[index] > 0 {
      let own = scale([families[index]], [ranges[index]])
      if widest - ranges[index] < tieWidth * (error * error + own * own).squareRoot() {
        moved[index].values = moved[index].values.map { $0 * widest / ranges[index] }
      }
    }
  }

  /// Estimates between the ends are drawn to the middle.
  private static func spread(_ family: Family) -> Family {
    let ends = ends(family)
    let middle = (family.values[ends.high] + family.values[ends.low]) / 2
    var moved = family
    for index in family.values.indices where index != ends.high && index != ends.low {
      let distance = family.values[index] - middle
      let kept = max(0, abs(distance) - middleWidth * family.errors[index])
      moved.values[index] = middle + (distance < 0 ? -kept : kept)
    }
    return moved
  }
}
