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
      "score", \.score, "The column that rows are ranked by, highest first. Default: the audited scores."),
    ConfigField("query", \.query, "The column that says which ranking a row is in; null: all are one."),
    ConfigField("relevance", \.relevance, "A column of numbers of at least 0, for NDCG; null: none."),
    ConfigField("k", \.k, "Where the list is cut for skew@k."),
  ]

  public func validate(at pointer: String) throws {
    for (index, cut) in k.enumerated() where cut < 1 {
      throw Failure.invalidConfig("\(cut) is not a place; 1 or more is accepted", at: "\(pointer)/k/\(index)")
    }
  }
}
