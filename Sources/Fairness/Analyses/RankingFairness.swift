#if canImport(Glibc)
  import Glibc
#endif

/// How rankings treat groups, averaged over queries. A query's rows are ranked by score, highest first; among
/// equal scores the earlier row comes first.
public struct RankingFairness: Sendable {
  /// The measures over the first k rows of each query.
  public struct Cut: Sendable {
    public let k: Int
    /// Skew@k = ln(share of the group among the first k / its share of the query) by group (Geyik et al.
    /// 2019, equation 1), the mean over queries that have k rows and the group.
    public let skew: [MetricValue]
    /// The smallest skew of a query's groups, averaged over queries (equation 2).
    public let leastSkew: MetricValue
    /// The largest skew of a query's groups, averaged over queries (equation 3).
    public let greatestSkew: MetricValue
  }

  /// The number of queries.
  public let queries: Int
  /// Mean of 1 / log₂(1 + rank) over a group's rows of a query (Singh and Joachims 2018, section 4.1),
  /// averaged over the queries that contain the group.
  public let exposure: [MetricValue]
  /// Σ 1 / log₂(i + 1) · KL(groups of the first i rows ‖ groups of all rows) / Σ 1 / log₂(i + 1) (Geyik et
  /// al. 2019, equation 5; natural logarithm).
  public let normalizedDiscountedKL: MetricValue
  /// The number of cuts k at which some group has fewer than ⌊share · k⌋ rows (Geyik et al. 2019, section
  /// 3.3; Yang, Gkatzelis and Stoyanovich 2019).
  public let infeasibleIndex: MetricValue
  /// `infeasibleIndex` divided by the number of all cuts.
  public let infeasibleShare: MetricValue
  public let cuts: [Cut]
  /// Normalized DCG of each group: the DCG of the group's rows in their ranked order, divided by the DCG of
  /// their best order, with gains 2^relevance − 1 (Burges et al. 2005). Empty without relevance.
  public let groupNDCG: [MetricValue]
  /// Normalized DCG of all rows.
  public let overallNDCG: MetricValue

  /// - Parameters:
  ///   - scores: one finite score per row.
  ///   - queries: the query of each row, from 0; nil: all rows are one query.
  ///   - relevance: one number of at least 0 per row; nil: no NDCG.
  ///   - codes: the group of each row, 0 ..< groupCount.
  ///   - groupCount: the number of groups.
  ///   - cuts: the values of k.
  public init(
    scores: [Double], queries: [Int32]?, relevance: [Double]?, codes: [Int32], groupCount: Int, cuts: [Int]
  ) {
    var lists: [[Int]] = []
    for row in scores.indices where codes[row] >= 0 && Int(codes[row]) < groupCount {
      let query = Int(queries?[row] ?? 0)
      guard query >= 0 else { continue }
      while lists.count <= query { lists.append([]) }
      lists[query].append(row)
    }
    lists = lists.filter { !$0.isEmpty }
    let groups = 0..<max(0, groupCount)
    var exposure = groups.map { _ in Average() }
    var ndcg = groups.map { _ in Average() }
    var (overallNDCG, divergence, infeasible, infeasibleShare) = (Average(), Average(), Average(), Average())
    var skews = cuts.map { _ in (groups: groups.map { _ in Average() }, least: Average(), greatest: Average())
    }
    for list in lists {
      let order = list.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
      let shares = Self.counts(order[...], codes, groupCount).map { Double($0) / Double(order.count) }
      var sums = groups.map { _ in 0.0 }
      var above = groups.map { _ in 0 }
      var (weighted, discounts, misses) = (0.0, 0.0, 0)
      for (place, row) in order.enumerated() {
        let discount = 1 / log2(Double(place + 2))
        sums[Int(codes[row])] += discount
        above[Int(codes[row])] += 1
        let length = Double(place + 1)
        var divergenceHere = 0.0
        var misses1 = false
        for group in groups where shares[group] > 0 {
          let share = Double(above[group]) / length
          if share > 0 { divergenceHere += share * log(share / shares[group]) }
          // The small addition prevents ⌊ ⌋ from rounding down a product that should be a whole number.
          if Double(above[group]) < (shares[group] * length + 1e-9).rounded(.down) { misses1 = true }
        }
        weighted += discount * divergenceHere
        discounts += discount
        if misses1 { misses += 1 }
        if let cut = cuts.firstIndex(of: place + 1) {
          let values = groups.map { group -> Double? in
            shares[group] > 0 ? log(Double(above[group]) / length / shares[group]) : nil
          }
          for group in groups { if let value = values[group] { skews[cut].groups[group].add(value) } }
          let defined = values.compactMap { $0 }
          if let least = defined.min(), let greatest = defined.max() {
            skews[cut].least.add(least)
            skews[cut].greatest.add(greatest)
          }
        }
      }
      divergence.add(weighted / discounts)
      infeasible.add(Double(misses))
      infeasibleShare.add(Double(misses) / Double(order.count))
      for group in groups where shares[group] > 0 {
        exposure[group].add(sums[group] / (shares[group] * Double(order.count)))
      }
      if let relevance {
        if let value = Self.ndcg(order.map { relevance[$0] }) { overallNDCG.add(value) }
        for group in groups {
          let own = order.filter { Int(codes[$0]) == group }.map { relevance[$0] }
          if let value = Self.ndcg(own) { ndcg[group].add(value) }
        }
      }
    }
    self.queries = lists.count
    self.exposure = exposure.map { $0.value("no query has the group") }
    normalizedDiscountedKL = divergence.value("no rows")
    infeasibleIndex = infeasible.value("no rows")
    self.infeasibleShare = infeasibleShare.value("no rows")
    self.cuts = zip(cuts, skews).map { k, skew in
      let none = "no query has \(k) rows with the group among them"
      return Cut(
        k: k, skew: skew.groups.map { $0.value(none) }, leastSkew: skew.least.value(none),
        greatestSkew: skew.greatest.value(none))
    }
    groupNDCG = relevance == nil ? [] : ndcg.map { $0.value("no query has a relevant row of the group") }
    self.overallNDCG = overallNDCG.value("no query has a relevant row")
  }

  private static func counts(_ rows: ArraySlice<Int>, _ codes: [Int32], _ groups: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: groups)
    for row in rows { counts[Int(codes[row])] += 1 }
    return counts
  }

  /// - Returns: nil if no row is relevant.
  private static func ndcg(_ relevance: [Double]) -> Double? {
    func gain(_ values: [Double]) -> Double {
      values.enumerated().reduce(0) { $0 + (exp2($1.element) - 1) / log2(Double($1.offset + 2)) }
    }
    let best = gain(relevance.sorted(by: >))
    return best > 0 ? gain(relevance) / best : nil
  }

  private struct Average {
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
}
