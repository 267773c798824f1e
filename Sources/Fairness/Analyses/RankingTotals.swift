#if canImport(Glibc)
  import Glibc
#endif

/// Sums over queries of the measures that `RankingFairness` averages.
struct RankingTotals {
  /// The mean over the queries in which a measure has a value.
  struct Average {
    private var sum = 0.0
    private var count = 0.0

    mutating func add(_ value: Double) {
      sum += value
      count += 1
    }

    func value(_ none: String) -> MetricValue {
      guard count > 0 else { return .undefined(reason: none) }
      return sum.isFinite
        ? .defined(sum / count)
        : .undefined(reason: "the group is not among the first rows of some query: its skew is -∞ there")
    }
  }

  struct Skew {
    let k: Int
    var groups: [Average]
    var least = Average()
    var greatest = Average()
  }

  var exposure: [Average]
  var divergence = Average()
  var infeasible = Average()
  var infeasibleShare = Average()
  var skews: [Skew]
  var groupNDCG: [Average]
  var overallNDCG = Average()

  init(groups: Int, cuts: [Int]) {
    let none = [Average](repeating: Average(), count: groups)
    (exposure, groupNDCG) = (none, none)
    skews = cuts.map { Skew(k: $0, groups: none) }
  }

  /// Adds a query, given the group of each of its rows in their ranked order.
  mutating func add(_ ranked: [Int]) {
    let groups = exposure.indices
    var counts = [Int](repeating: 0, count: groups.count)
    for group in ranked { counts[group] += 1 }
    let shares = counts.map { Double($0) / Double(ranked.count) }
    var sums = [Double](repeating: 0, count: groups.count)
    var above = [Int](repeating: 0, count: groups.count)
    var (weighted, discounts, misses) = (0.0, 0.0, 0)
    for (place, group) in ranked.enumerated() {
      let discount = 1 / log2(Double(place + 2))
      sums[group] += discount
      above[group] += 1
      let (divergence, isInfeasible) = Self.compare(above, shares, length: place + 1)
      weighted += discount * divergence
      discounts += discount
      if isInfeasible { misses += 1 }
      if let cut = skews.firstIndex(where: { $0.k == place + 1 }) { addSkews(above, shares, cut) }
    }
    divergence.add(weighted / discounts)
    infeasible.add(Double(misses))
    infeasibleShare.add(Double(misses) / Double(ranked.count))
    for group in groups where shares[group] > 0 {
      exposure[group].add(sums[group] / (shares[group] * Double(ranked.count)))
    }
  }

  /// The Kullback-Leibler divergence of the groups of the first rows from those of all rows, and whether some
  /// group has fewer of the first rows than the whole part of its share of them.
  private static func compare(
    _ above: [Int], _ shares: [Double], length: Int
  ) -> (divergence: Double, isInfeasible: Bool) {
    var divergence = 0.0
    var isInfeasible = false
    for (count, wanted) in zip(above, shares) where wanted > 0 {
      let share = Double(count) / Double(length)
      if share > 0 { divergence += share * log(share / wanted) }
      // The small addition prevents ⌊ ⌋ from rounding down a product that should be a whole number.
      if Double(count) < (wanted * Double(length) + 1e-9).rounded(.down) { isInfeasible = true }
    }
    return (divergence, isInfeasible)
  }

  private mutating func addSkews(_ above: [Int], _ shares: [Double], _ cut: Int) {
    var defined: [Double] = []
    for (group, wanted) in shares.enumerated() where wanted > 0 {
      let skew = log(Double(above[group]) / Double(skews[cut].k) / wanted)
      skews[cut].groups[group].add(skew)
      defined.append(skew)
    }
    if let least = defined.min(), let greatest = defined.max() {
      skews[cut].least.add(least)
      skews[cut].greatest.add(greatest)
    }
  }
}
