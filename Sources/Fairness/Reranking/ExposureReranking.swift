#if canImport(Glibc)
  import Glibc
#endif

/// Rankings with fair exposure (Singh and Joachims 2018, "Fairness of exposure in rankings"): the place j has the
/// exposure v_j = 1 / log₂(1 + j), and the protected rows get as much of it as the others, in the mean over random
/// rankings, with the largest utility Σ score · exposure.
///
/// The paper solves a linear program over doubly stochastic matrices and decomposes its solution into rankings. Utility
/// and constraint read a matrix only through the exposure of each row, so that the program is one over the vectors of
/// exposures, whose vertices are rankings. With one constraint, its solution is a mixture of at most two: the rankings
/// by score + δ for protected rows, just below and just above the multiplier δ of the constraint.
public struct ExposureReranking: Sendable, Equatable {
  /// What the exposures are to be proportional to.
  public enum Merit: String, CaseIterable, Sendable {
    /// Rows: both parts have the same mean exposure (demographic parity, section 4.1).
    case rows
    /// Scores: the mean exposure divided by the mean score is the same (disparate treatment, section 4.2).
    case scores
  }

  /// A mixture of two rankings, each with all rows, the best first.
  public struct Mixture: Sendable, Equatable {
    public let first: [Int]
    public let second: [Int]
    /// The probability of the first one.
    public let share: Double
  }

  public let merit: Merit
  /// The largest difference of the exposures per merit.
  public let tolerance: Double

  public init(_ merit: Merit, tolerance: Double) { (self.merit, self.tolerance) = (merit, tolerance) }

  /// The exposure of a place, from 0.
  public static func exposure(_ place: Int) -> Double { 1 / log2(Double(place) + 2) }

  /// - Parameters:
  ///   - order: the rows, the best first.
  ///   - scores: one finite score per row.
  ///   - isProtected: by row.
  /// - Returns: if no mixture reaches the tolerance, the ranking that comes nearest; the given order if one part has no
  ///   rows, or no merit.
  public func mixture(_ order: [Int], scores: [Float], isProtected: [Bool]) -> Mixture {
    let parts = [order.filter { isProtected[$0] }, order.filter { !isProtected[$0] }]
    let merits = parts.map { rows in
      merit == .rows ? Double(rows.count) : rows.reduce(0) { $0 + Double(scores[$1]) }
    }
    let plain = Mixture(first: order, second: order, share: 1)
    guard !parts[0].isEmpty, !parts[1].isEmpty, merits[0] > 0, merits[1] > 0 else { return plain }
    /// The exposure of protected rows per merit minus that of the others.
    func gap(_ ranking: [Int]) -> Double {
      var sums = [0.0, 0.0]
      for (place, row) in ranking.enumerated() { sums[isProtected[row] ? 0 : 1] += Self.exposure(place) }
      return sums[0] / merits[0] - sums[1] / merits[1]
    }
    let present = gap(order)
    guard abs(present) > tolerance else { return plain }
    // The range of shifts from all protected rows last to all first.
    let span = parts.flatMap { $0 }.reduce(0) { max($0, abs(Double(scores[$1]))) }
    let target = present < 0 ? -tolerance : tolerance
    func ranking(_ shift: Double) -> [Int] { Self.merged(parts[0], parts[1], scores, shift) }
    var (low, high) = present < 0 ? (0.0, 2 * span + 1) : (-2 * span - 1, 0.0)
    var (below, above) = (ranking(low), ranking(high))
    if present < 0 { below = order } else { above = order }
    guard gap(above) >= target else { return Mixture(first: above, second: above, share: 1) }
    guard gap(below) <= target else { return Mixture(first: below, second: below, share: 1) }
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      let candidate = ranking(middle)
      if gap(candidate) >= target {
        (high, above) = (middle, candidate)
      } else {
        (low, below) = (middle, candidate)
      }
    }
    let (least, most) = (gap(below), gap(above))
    let share = most > least ? (target - least) / (most - least) : 1
    return Mixture(first: above, second: below, share: min(max(share, 0), 1))
  }

  /// Two ordered lists merged by score, with the shift for the first list.
  private static func merged(_ first: [Int], _ second: [Int], _ scores: [Float], _ shift: Double) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(first.count + second.count)
    var (a, b) = (0, 0)
    while a < first.count, b < second.count {
      if Double(scores[first[a]]) + shift >= Double(scores[second[b]]) {
        result.append(first[a])
        a += 1
      } else {
        result.append(second[b])
        b += 1
      }
    }
    return result + first[a...] + second[b...]
  }
}
