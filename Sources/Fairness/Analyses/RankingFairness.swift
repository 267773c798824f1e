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
    let groups = 0..<max(0, groupCount)
    var totals = RankingTotals(groups: groups.count, cuts: cuts)
    let lists = Self.rows(of: queries, codes, groups)
    for list in lists {
      let order = list.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
      totals.add(order.map { Int(codes[$0]) })
      if let relevance {
        if let value = Self.ndcg(order.map { relevance[$0] }) { totals.overallNDCG.add(value) }
        for group in groups {
          let own = order.filter { Int(codes[$0]) == group }.map { relevance[$0] }
          if let value = Self.ndcg(own) { totals.groupNDCG[group].add(value) }
        }
      }
    }
    self.queries = lists.count
    exposure = totals.exposure.map { $0.value("no query has the group") }
    normalizedDiscountedKL = totals.divergence.value("no rows")
    infeasibleIndex = totals.infeasible.value("no rows")
    infeasibleShare = totals.infeasibleShare.value("no rows")
    self.cuts = totals.skews.map { skew in
      let none = "no query has \(skew.k) rows with the group among them"
      return Cut(
        k: skew.k, skew: skew.groups.map { $0.value(none) }, leastSkew: skew.least.value(none),
        greatestSkew: skew.greatest.value(none))
    }
    groupNDCG =
      relevance == nil ? [] : totals.groupNDCG.map { $0.value("no query has a relevant row of the group") }
    overallNDCG = totals.overallNDCG.value("no query has a relevant row")
  }

  /// The rows of each query that has any row with a group.
  private static func rows(of queries: [Int32]?, _ codes: [Int32], _ groups: Range<Int>) -> [[Int]] {
    var lists: [[Int]] = []
    for (row, code) in codes.enumerated() where groups.contains(Int(code)) {
      let query = Int(queries?[row] ?? 0)
      guard query >= 0 else { continue }
      while lists.count <= query { lists.append([]) }
      lists[query].append(row)
    }
    return lists.filter { !$0.isEmpty }
  }

  /// - Returns: nil if no row is relevant.
  private static func ndcg(_ relevance: [Double]) -> Double? {
    func gain(_ values: [Double]) -> Double {
      values.enumerated().reduce(0) { $0 + (exp2($1.element) - 1) / log2(Double($1.offset + 2)) }
    }
    let best = gain(relevance.sorted(by: >))
    return best > 0 ? gain(relevance) / best : nil
  }
}
