import Platform

/// The section "tokens" of an audit.
public struct TokensConfig: Configuration {
  public var sentence = ""
  public var gold = ""
  public var predicted = ""

  public init() {}

  public static let summary =
    "Metrics of entities in tagged sentences, by the groups of the audit. Each row is a token."
  public static let fields: [ConfigField<TokensConfig>] = [
    ConfigField("sentence", \.sentence, "The column that has the same value for all tokens of a sentence."),
    ConfigField("gold", \.gold, "The column of true tags: B-type, I-type, O."),
    ConfigField("predicted", \.predicted, "The column of predicted tags."),
  ]

  public func validate(at pointer: String) throws {
    for (name, value) in [("sentence", sentence), ("gold", gold), ("predicted", predicted)]
    where value.isEmpty {
      throw Failure.invalidConfig(
        "\"\(name)\" is missing; a column's name is accepted", at: "\(pointer)/\(name)")
    }
  }
}
