#if canImport(Glibc)
  import Glibc
#endif
import Platform

/// Intervals of the range of independent estimates: the largest minus the smallest, or the largest distance
/// from their weighted mean.
///
/// The observed range of several estimates is biased upwards, most of all if the true range is 0; neither a
/// normal interval nor a percentile bootstrap covers it. Here the interval is an inverted test (Carpenter
/// 1999, "Test inversion bootstrap confidence intervals"): it contains a range θ if the observed range T is
/// not surprising under θ, that is if P_θ(T* ≥ T) > α_u(θ) and P_θ(T* ≤ T) > α_l(θ). Under θ, the estimates
/// are normal around the observed configuration, scaled to the range θ.
///
/// - Near 0, all of α is in the upper tail; as θ grows, it moves to one half on either side (the idea of
///   Feldman and Cousins 1998). Therefore a true range of 0 is covered exactly as often as stated.
/// - The true configuration is unknown too. For the lower limit, estimates within 1.6 standard errors of an
///   end are moved to that end, because ties make a large range likely (generalized moment selection: Andrews
///   and Soares 2010); families (TPR, FPR) within 1.6 of the widest are treated in the same way. For the
///   upper limit, estimates between the ends are moved to the middle by half a standard error. The two
///   figures were chosen by simulation (docs/uncertainty.md).
struct RangeInterval {
  /// Estimates that are compared with each other.
  struct Family {
    var values: [Double]
    var errors: [Double]
    /// The groups' shares of the whole, if the range is the largest distance from the mean weighted by them;
    /// nil: the largest estimate minus the smallest.
    var shares: [Double]? = nil
    /// The number of rows behind the estimates.
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

  /// - Parameter capacity: the maximum number of estimates in all families together.
  init(confidence: Double, capacity: Int, seed: UInt64) {
    self.confidence = confidence
    self.capacity = max(1, capacity)
    // With many groups, draws are slow, and fewer are needed because the distribution of the range is smooth.
    draws = max(200, min(1_000, 200_000 / self.capacity))
    var stream = RandomStream(seed: seed, purpose: "ranges of groups")
    normals = (0..<(draws * self.capacity)).map { _ in
      // Normal numbers by Box and Muller 1958.
      (-2 * log(1 - stream.uniform())).squareRoot() * cos(2 * .pi * stream.uniform())
    }
  }

  /// The interval of the families' combined ranges; nil if a family has fewer than two estimates.
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
    let below = boundary(from: 0, to: observed) { theta in
      tail(upperShape, theta, atLeast: observed) > alphas(theta / scale).upper
    }
    var above = upperLimit(families, combination, observed, scale)
    if combination == .largest, families.count > 1 {
      // The joint test scales all families alike, so that it says nothing of one whose range is small but uncertain.
      // The true range is the range of one family, so the largest upper limit of a single family bounds it.
      for (family, range) in zip(families, ranges) {
        above = max(above, upperLimit([family], .largest, range, RangeInterval.scale([family], [range])))
      }
    }
    return Interval(min(below, observed), max(above, observed))
  }

  /// The largest range under which the observed one is not surprisingly small.
  private func upperLimit(
    _ families: [Family], _ combination: Combination, _ observed: Double, _ scale: Double
  ) -> Double {
    guard scale > 0 else { return observed }
    let shape = Shape(families.map(RangeInterval.spread), combination, observed)
    var far = observed + 4 * scale
    while tail(shape, far, atLeast: nil, atMost: observed) > alphas(far / scale).lower, far < 1e6 * scale {
      far += 4 * scale
    }
    return boundary(from: far, to: min(observed, far)) { theta in
      let allowed = alphas(theta / scale).lower
      return allowed <= 0 || tail(shape, theta, atLeast: nil, atMost: observed) > allowed
    }
  }

  /// The interval of the largest distance from the mean (`MeanContrasts`).
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

  /// All of α is in the upper tail for θ up to 1.5 standard errors, half of it from 2.5 on.
  private func alphas(_ ratio: Double) -> (upper: Double, lower: Double) {
    let alpha = 1 - confidence
    let lower = min(1, max(0, ratio - 1.5)) * alpha / 2
    return (alpha - lower, lower)
  }

  /// The accepted point closest to `outer`, by bisection; `inner` must be accepted.
  private func boundary(from outer: Double, to inner: Double, accepts: (Double) -> Bool) -> Double {
    if accepts(outer) { return outer }
    var (rejected, accepted) = (outer, inner)
    for _ in 0..<16 {
      let middle = (rejected + accepted) / 2
      if accepts(middle) { accepted = middle } else { rejected = middle }
    }
    return accepted
  }

  /// The expectations of the estimates under a true range, in units of the observed range.
  private struct Shape {
    /// Distances from the midpoint of the ends.
    var families: [Family]
    var combination: Combination
    /// The combined range of the families.
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
        // The observed range is 0: the first estimate is put on one end, the second on the other.
        for index in centered.indices {
          centered[index].values = centered[index].values.indices.map { $0 == 0 ? 0.5 : $0 == 1 ? -0.5 : 0 }
        }
        range = RangeInterval.combine(
          centered.map { RangeInterval.range($0.values, $0.shares) }, combination)
      }
      self.families = centered
    }
  }

  /// P(T* ≥ atLeast), or P(T* ≤ atMost), under the true range `theta`.
  private func tail(_ shape: Shape, _ theta: Double, atLeast: Double?, atMost: Double = 0) -> Double {
    let factor = shape.range > 0 ? theta / shape.range : 0
    if shape.families.count == 1, let only = shape.families.first, only.values.count == 2, only.shares == nil
    {
      // The absolute difference of two normal estimates has a closed form.
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
      // Distances from the mean are shorter than the distance between the ends.
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

  /// Moves estimates that are not clearly separated from an end to that end.
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

  /// Gives families whose range is not clearly smaller than the widest one's the widest range: several tables
  /// with possible ties make a large maximum likely, as several groups do.
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

  /// Moves estimates between the ends towards the middle.
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
