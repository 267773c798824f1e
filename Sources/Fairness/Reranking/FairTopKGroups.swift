import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// FA*IR for several protected groups (Zehlike, Sühr, Baeza-Yates, Bonchi, Castillo and Hajian 2022, "Fair top-k ranking
/// with multiple protected groups").
///
/// Each beginning of the ranking must pass a multinomial test against a random ranking, in which every row belongs to
/// group g with the probability p_g, independently of the others: P(X₁ ≤ τ₁, …, X_G ≤ τ_G) > α, where τ counts the rows
/// of the protected groups among the first i, and X has the multinomial distribution of i rows.
public struct FairTopKGroups: Sendable, Equatable {
  /// By group; 0 for groups that are not protected. The sum is below 1.
  public let shares: [Double]
  /// The significance of the test at a single place.
  public let significance: Double
  /// The number of first places that are tested; all further rows follow in their order.
  public let count: Int

  /// The maximum of `count`: a test takes time with the square of its place.
  public static let most = 200

  public init(shares: [Double], significance: Double, count: Int) {
    (self.shares, self.significance, self.count) = (shares, significance, count)
  }

  /// With the significance at which a random ranking fails at any of `count` places with the probability `significance`:
  /// this quantile of the smallest probability of a test, in random rankings (the paper's section 5 also simulates).
  public init(shares: [Double], adjusting significance: Double, count: Int) {
    let smallest = Self.smallestProbabilities(shares: shares, count: count, seed: 0).sorted()
    let place = min(Int(significance * Double(smallest.count)), smallest.count - 1)
    self.init(shares: shares, significance: smallest[max(place, 0)], count: count)
  }

  private static let draws = 2000

  /// For each of some random rankings, the smallest probability of the tests at its first `count` places.
  static func smallestProbabilities(shares: [Double], count: Int, seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed, purpose: "FA*IR")
    let groups = shares.indices.filter { shares[$0] > 0 }
    var known: [[Int]: Double] = [:]
    return (0..<draws).map { _ in
      var counts = [Int](repeating: 0, count: groups.count)
      var smallest = 1.0
      for length in 1...max(count, 1) where count > 0 {
        var rest = random.uniform()
        for (place, group) in groups.enumerated() {
          rest -= shares[group]
          if rest < 0 {
            counts[place] += 1
            break
          }
        }
        let key = counts + [length]
        let probability =
          known[key] ?? Self.probability(counts, of: length, shares: groups.map { shares[$0] })
        known[key] = probability
        smallest = min(smallest, probability)
      }
      return smallest
    }
  }

  /// P(X₁ ≤ τ₁, …, X_G ≤ τ_G) for the multinomial distribution of `length` rows.
  ///
  /// The numbers of rows are independent Poisson variables with the means length · p_g, given that their sum is `length`
  /// (Levin 1981, "A representation for multinomial cumulative distribution functions").
  ///
  /// - Parameter shares: the probabilities of the groups with a limit; the rest is the probability of all others.
  static func probability(_ limits: [Int], of length: Int, shares: [Double]) -> Double {
    /// The probabilities of 0 … `last` for a Poisson variable.
    func poisson(_ mean: Double, _ last: Int) -> [Double] {
      guard mean > 0 else { return [1] + [Double](repeating: 0, count: max(last, 0)) }
      var logarithm = -mean
      return (0...max(last, 0)).map { value in
        if value > 0 { logarithm += log(mean / Double(value)) }
        return exp(logarithm)
      }
    }
    let size = Double(length)
    var sums = [1.0]
    for (limit, share) in zip(limits, shares) {
      let own = poisson(size * share, min(max(limit, 0), length))
      var next = [Double](repeating: 0, count: min(sums.count + own.count - 1, length + 1))
      for (first, mass) in sums.enumerated() {
        for (second, factor) in own.enumerated() where first + second < next.count {
          next[first + second] += mass * factor
        }
      }
      sums = next
    }
    let others = poisson(size * max(1 - shares.reduce(0, +), 0), length)
    guard let all = poisson(size, length).last, all > 0 else { return 1 }
    var joint = 0.0
    for (sum, mass) in sums.enumerated() where others.indices.contains(length - sum) {
      joint += mass * others[length - sum]
    }
    return min(joint / all, 1)
  }

  /// The ranking that passes the tests: at each place the best row of all with which the test passes. Groups without
  /// further rows are not tested any more. If no row passes, the protected row with the largest probability is next.
  ///
  /// - Parameters:
  ///   - order: the rows, the best first.
  ///   - groups: the group of each row; any other number for an unknown group.
  public func order(_ order: [Int], groups: [Int]) -> [Int] {
    let others = shares.count
    var queues = [[Int]](repeating: [], count: others + 1)
    for row in order {
      let group = groups[row]
      queues[shares.indices.contains(group) && shares[group] > 0 ? group : others].append(row)
    }
    var ranks = [Int](repeating: 0, count: groups.count)
    for (place, row) in order.enumerated() { ranks[row] = place }
    var taken = [Int](repeating: 0, count: others + 1)
    var result: [Int] = []
    result.reserveCapacity(order.count)
    func remains(_ queue: Int) -> Bool { taken[queue] < queues[queue].count }
    func probability(with queue: Int, at length: Int) -> Double {
      let tested = shares.indices.filter { shares[$0] > 0 && remains($0) }
      return Self.probability(
        tested.map { taken[$0] + ($0 == queue ? 1 : 0) }, of: length, shares: tested.map { shares[$0] })
    }
    while result.count < min(count, order.count) {
      let heads = queues.indices.filter(remains).sorted {
        ranks[queues[$0][taken[$0]]] < ranks[queues[$1][taken[$1]]]
      }
      let found = heads.map { ($0, probability(with: $0, at: result.count + 1)) }
      let best = found.first { $0.1 > significance } ?? found.max { $0.1 < $1.1 }
      guard let queue = best?.0 else { break }
      result.append(queues[queue][taken[queue]])
      taken[queue] += 1
    }
    let isTaken = Set(result)
    return result + order.filter { !isTaken.contains($0) }
  }
}
