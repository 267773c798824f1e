import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform

extension DecisionFitting {
  mutating func fit(_ config: RerankingConfig, at pointer: String) throws {
    guard rows.width == 1 else {
      throw Failure.unsupported(
        "scores of several classes have no order; two classes and regression are accepted", at: pointer)
    }
    if let query = config.query, !rows.dataset.contains(query) {
      throw Failure.invalidConfig(
        "\"\(query)\" is not a column\(Suggestion.phrase(for: query, among: rows.dataset.names))",
        at: pointer + "/query")
    }
    let groups = try self.groups(
      by: config.attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    let ranking = RankingByGroup(try rule(config, groups, at: pointer))
    setQuery(config.query)
    noteExclusions(groups)
    let (before, after) = try measured(ranking, config, groups)
    try add(
      Adjustment(attribute: groups.place, .ranks(ranking)),
      [
        .init("method", .string(RerankingConfig.method)),
        .init("attribute", .string(groups.attribute.reference.label)),
        .init("algorithm", config.algorithm.encoded), .init("query", config.query.encoded),
        .init("before", before), .init("after", after),
      ], groups)
  }

  private func rule(_ config: RerankingConfig, _ groups: AdjustedGroups, at pointer: String) throws
    -> RankingByGroup.Rule
  {
    let names = groups.attribute.groups
    if let greedy = config.algorithm.greedy {
      return .shares(greedy, config.targets == .query ? nil : try targets(config, groups, at: pointer))
    }
    if let index = config.protected.firstIndex(where: { !names.contains($0) }) {
      throw Failure.invalidConfig(
        "\"\(config.protected[index])\" is not a group\(Suggestion.phrase(for: config.protected[index], among: names))",
        at: "\(pointer)/protected/\(index)")
    }
    let isProtected = names.indices.map {
      config.protected.contains(names[$0]) && groups.exclusions[$0] == nil
    }
    let size = names.indices.reduce(0) { $0 + (isProtected[$1] ? groups.members[$1].count : 0) }
    guard size > 0, size < rows.count else {
      throw Failure.invalidConfig(
        size > 0 ? "all rows are protected; some other group is needed" : "the protected groups have no rows",
        at: pointer + "/protected")
    }
    if config.algorithm == .fairTopKGroups {
      let shares = names.indices.map { place in
        !isProtected[place]
          ? 0 : config.shares[names[place]] ?? Double(groups.members[place].count) / Double(rows.count)
      }
      return .tests(FairTopKGroups(shares: shares, adjusting: config.significance, count: config.k))
    }
    guard config.algorithm == .fairTopK else {
      if config.merit == .scores, let row = scores.firstIndex(where: { $0 < 0 }) {
        throw Failure.invalidConfig(
          "row \(row) has the score \(scores[row]); merit \"scores\" needs scores of at least 0, and \"rows\" accepts any",
          at: pointer + "/merit")
      }
      return .exposure(
        ExposureReranking(config.merit, tolerance: config.tolerance), isProtected: isProtected,
        seed: UInt64(bitPattern: Int64(config.seed)))
    }
    return .minimums(
      FairTopK.adjustedMinimums(
        config.k, share: config.share ?? Double(size) / Double(rows.count), significance: config.significance),
      isProtected: isProtected)
  }

  /// The target share of each group.
  private func targets(_ config: RerankingConfig, _ groups: AdjustedGroups, at pointer: String) throws
    -> [Double]
  {
    let names = groups.attribute.groups
    guard !config.shares.entries.isEmpty else {
      let sizes = groups.members.map { Double($0.count) }
      let total = sizes.reduce(0, +)
      return sizes.map { total > 0 ? $0 / total : 0 }
    }
    if let unknown = config.shares.entries.first(where: { !names.contains($0.key) }) {
      throw Failure.invalidConfig(
        "\"\(unknown.key)\" is not a group\(Suggestion.phrase(for: unknown.key, among: names))",
        at: pointer + "/shares")
    }
    return try names.map { name in
      guard let share = config.shares[name] else {
        throw Failure.invalidConfig("the share of the group \"\(name)\" is missing", at: pointer + "/shares")
      }
      return share
    }
  }

  /// The exposure of the groups and the divergence of the rankings of these rows, by score and with the ranks.
  private func measured(_ ranking: RankingByGroup, _ config: RerankingConfig, _ groups: AdjustedGroups) throws
    -> (before: JSONValue, after: JSONValue)
  {
    let found = try RankedQueries(of: rows.dataset, in: config.query).queries
    var queries = [Int32](repeating: 0, count: rows.count)
    var ranks = [Double](repeating: 0, count: rows.count)
    for (index, query) in found.enumerated() {
      let order = ranking.order(
        query.rows.map { scores[$0] }, groups: query.rows.map { Int(groups.codes[$0]) }, key: query.key)
      for (place, row) in order.enumerated() { ranks[query.rows[row]] = Double(place + 1) }
      for row in query.rows { queries[row] = Int32(clamping: index) }
    }
    func described(_ scores: [Double]) -> JSONValue {
      let names = groups.attribute.groups
      let found = RankingFairness(
        scores: scores, queries: queries, relevance: nil, codes: groups.codes, groupCount: names.count,
        cuts: [])
      func number(_ value: MetricValue) -> JSONValue { value.number(.undefined).map { .finite($0) } ?? .null }
      return [
        "exposure": .object(zip(names, found.exposure).map { .init($0, number($1)) }),
        "ndkl": number(found.normalizedDiscountedKL), "infeasible_share": number(found.infeasibleShare),
      ]
    }
    return (described(scores.map(Double.init)), described(ranks.map { -$0 }))
  }
}
