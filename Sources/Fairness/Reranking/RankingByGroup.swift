/// How the rows of each query are ranked, with what a fitting learnt about groups.
public struct RankingByGroup: Equatable, Sendable {
  public enum Rule: Equatable, Sendable {
    /// Target shares by group; nil: each group's share among the rows of the query.
    case shares(GreedyReranking, [Double]?)
    /// Minimum numbers of protected rows among the first ones.
    case minimums([Int], isProtected: [Bool])
    /// A multinomial test of the numbers of rows of several protected groups among the first ones.
    case tests(FairTopKGroups)
    /// Random rankings with fair exposure.
    case exposure(ExposureReranking, isProtected: [Bool], seed: UInt64)
  }

  public let rule: Rule

  public init(_ rule: Rule) { self.rule = rule }

  /// Whether some queries have a random ranking.
  public var draws: Bool { if case .exposure = rule { true } else { false } }

  /// The ranking of a query's rows.
  ///
  /// - Parameters:
  ///   - scores: one score per row of the query. Without constraints, the highest comes first, and among equal ones the
  ///     earlier row; rows without a number come last.
  ///   - groups: the group of each row; any other number for an unknown group.
  ///   - key: determines the draw of a random ranking.
  /// - Returns: the rows, the best first.
  public func order(_ scores: [Float], groups: [Int], key: UInt64) -> [Int] {
    let scores = scores.map { $0.isNaN ? -.greatestFiniteMagnitude : $0 }
    let order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    switch rule {
    case .shares(let algorithm, let targets):
      return ordered(by: algorithm, targets, order, scores, groups)
    case .minimums(let minimums, let isProtected):
      return FairTopK.order(
        order, isProtected: groups.map { isProtected.indices.contains($0) && isProtected[$0] },
        minimums: minimums)
    case .tests(let tests): return tests.order(order, groups: groups)
    case .exposure(let reranking, let isProtected, let seed):
      let mixture = reranking.mixture(
        order, scores: scores, isProtected: groups.map { isProtected.indices.contains($0) && isProtected[$0] }
      )
      // The draws differ from those of decisions with the same seed.
      let draw = DrawnDecision(seed: seed ^ 0x2545_f491_4f6c_dd1d)
      return draw.isPositive(mixture.share, key: key) ? mixture.first : mixture.second
    }
  }

  private func ordered(
    by algorithm: GreedyReranking, _ targets: [Double]?, _ order: [Int], _ scores: [Float], _ groups: [Int]
  ) -> [Int] {
    let count = targets?.count ?? (groups.max() ?? -1) + 1
    // Unknown groups are one further group with its share of the query.
    var queues = [[Int]](repeating: [], count: max(count, 0) + 1)
    for row in order { queues[(0..<count).contains(groups[row]) ? groups[row] : count].append(row) }
    let sizes = queues.map { Double($0.count) / Double(max(order.count, 1)) }
    guard let targets else { return algorithm.order(queues, scores: scores, shares: sizes) }
    let unknown = sizes[count]
    return algorithm.order(queues, scores: scores, shares: targets.map { $0 * (1 - unknown) } + [unknown])
  }
}
