#if canImport(Glibc)
  import Glibc
#endif

/// How well scores rank texts that mention an identity (Borkan et al. 2019, "Nuanced Metrics for Measuring
/// Unintended Bias with Real Data for Text Classification", section 3).
public struct IdentityTerms: Sendable {
  /// The measures of one identity term.
  public struct Term: Sendable {
    public let name: String
    /// The number of rows that mention the term.
    public let rows: Int
    /// The number of rows that mention the term and have label 1.
    public let positives: Int
    /// Area under the ROC curve over the texts that mention the term.
    public let subgroupAUC: MetricValue
    /// Area of the background's positives against the subgroup's negatives: low when harmless texts that
    /// mention the term get high scores.
    public let backgroundPositiveSubgroupNegativeAUC: MetricValue
    /// Area of the background's negatives against the subgroup's positives: low when harmful texts that
    /// mention the term get low scores.
    public let backgroundNegativeSubgroupPositiveAUC: MetricValue
  }

  /// Area under the ROC curve over all texts.
  public let overallAUC: MetricValue
  public let terms: [Term]

  /// - Parameters:
  ///   - labels: 0 or 1 for each row.
  ///   - scores: one finite score per row.
  ///   - terms: for each term its name, and for each row whether the row mentions it.
  public init(
    labels: [Double], scores: [Double], weights: [Double]? = nil, terms: [(name: String, mentions: [Bool])]
  ) {
    // The rows are sorted once for all areas.
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    func area(positive: (Int) -> Bool, negative: (Int) -> Bool) -> MetricValue {
      var (above, pairs, positives, place) = (0.0, 0.0, 0.0, 0)
      while place < order.count {
        var (tiedPositive, tiedNegative) = (0.0, 0.0)
        let score = scores[order[place]]
        while place < order.count, scores[order[place]] == score {
          let row = order[place]
          let weight = weights?[row] ?? 1
          if labels[row] == 1 ? positive(row) : false { tiedPositive += weight }
          if labels[row] == 0 ? negative(row) : false { tiedNegative += weight }
          place += 1
        }
        pairs += tiedPositive * (above + tiedNegative / 2)
        above += tiedNegative
        positives += tiedPositive
      }
      return .rate(pairs, of: positives * above, unless: "one of the two labels does not occur")
        .withoutConvention
    }
    overallAUC = area(positive: { _ in true }, negative: { _ in true })
    self.terms = terms.map { name, mentions in
      let rows = mentions.indices.filter { mentions[$0] }
      return Term(
        name: name, rows: rows.count, positives: rows.count { labels[$0] == 1 },
        subgroupAUC: area(positive: { mentions[$0] }, negative: { mentions[$0] }),
        backgroundPositiveSubgroupNegativeAUC: area(
          positive: { !mentions[$0] }, negative: { mentions[$0] }),
        backgroundNegativeSubgroupPositiveAUC: area(
          positive: { mentions[$0] }, negative: { !mentions[$0] }))
    }
  }

  /// (mean of valueᵖ)^(1/p) over the terms that have a value; for p = −5 it is close to the worst term.
  public func powerMean(_ value: KeyPath<Term, MetricValue>, power: Double) -> MetricValue {
    let numbers = terms.compactMap { $0[keyPath: value].number(.undefined) }
    guard !numbers.isEmpty else { return .undefined(reason: "no term has a value") }
    if power == 0 {
      return .defined(exp(numbers.reduce(0) { $0 + log($1) } / Double(numbers.count)))
    }
    return .defined(pow(numbers.reduce(0) { $0 + pow($1, power) } / Double(numbers.count), 1 / power))
  }
}

extension MetricValue {
  /// An area without pairs is undefined under every convention.
  fileprivate var withoutConvention: MetricValue {
    if case .undefined(let reason, _) = self { return .undefined(reason: reason) }
    return self
  }
}
