import Platform

/// The section "ranking" of an audit.
public struct RankingConfig: Configuration {
  public var score: String?
  public var query: String?
  public var relevance: String?
  public var k = [10, 20]

  public init() {}

  public static let summary = "How a ranking treats groups."
  public static let fields: [ConfigField<RankingConfig>] = [
    ConfigField(
      "score", \.score,
      "The column by which rows are ranked, highest first. Default: the ranks of a "
        + "model that ranks (reranking), otherwise the audited scores."),
    ConfigField(
      "query", \.query,
      "The column that identifies the ranking of a row; null if all rows are one ranking. "
        + "Default for a model that ranks: its own."),
    ConfigField("relevance", \.relevance, "A column of relevances, at least 0, for NDCG; null for none."),
    ConfigField("k", \.k, "The values of k for skew@k, the numbers of top rows."),
  ]

  public func validate(at pointer: String) throws {
    for (index, cut) in k.enumerated() where cut < 1 {
      throw Failure.invalidConfig("\(cut) is not a place; 1 or more is accepted", at: "\(pointer)/k/\(index)")
    }
  }
}
