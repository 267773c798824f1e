import Platform

/// The section "individual" of an audit.
public struct IndividualConfig: Configuration {
  /// How a person's benefit is computed from the decision.
  public enum Benefit: String, ConfigChoice, Sendable {
    case decisionError = "decision_error"
    case scoreError = "score_error"
    case decision, score
  }

  public var include: [String] = []
  public var neighbours = 5
  public var mostRows = 100_000
  public var mostPairRows = 20_000
  public var lipschitz = 1.0
  public var benefit = Benefit.decisionError
  public var benefitColumn: String?
  public var alpha = [0.0, 1.0, 2.0]
  public var epsilon = [0.5, 1.0]
  public var counterfactual: [CounterfactualConfig]?
  public var seed = 0

  public init() {}

  public static let summary =
    "Measures of single people: whether neighbours are decided alike, how unequal benefits are, whether scores "
    + "move with the sensitive attribute."
  public static let fields: [ConfigField<IndividualConfig>] = [
    ConfigField(
      "include", \.include,
      "The columns that say how alike two people are. Default: the inputs that \"data\" gives."),
    ConfigField("neighbours", \.neighbours, in: 1...1000, "Neighbours of the consistency."),
    ConfigField(
      "most_rows", \.mostRows, in: 2...10_000_000,
      "The consistency is of every row of a table with at most so many; of a larger one, of a random sample of "
        + "rows, compared with all, that takes as long."),
    ConfigField(
      "most_pair_rows", \.mostPairRows, in: 2...1_000_000,
      "The Lipschitz condition is of all pairs of at most so many rows, of a larger table a random sample."),
    ConfigField("lipschitz", \.lipschitz, in: 0...1e9, "L: what a distance of 1 may change of a score."),
    ConfigField(
      "benefit", \.benefit,
      "Of the inequality: decision_error is 1 + decision − label, score_error 1 + score − label."),
    ConfigField("benefit_column", \.benefitColumn, "A column of benefits, in place of \"benefit\"."),
    ConfigField("alpha", \.alpha, "Of the generalized entropies; 1 is Theil's index."),
    ConfigField("epsilon", \.epsilon, "Of Atkinson's indices, above 0."),
    ConfigField(
      "counterfactual", \.counterfactual,
      "Attributes to switch. Default: each sensitive column that is an input of the model."),
    ConfigField("seed", \.seed, in: 0...Int.max, "Of the samples."),
  ]

  public func validate(at pointer: String) throws {
    for (index, value) in epsilon.enumerated() where !(value > 0) {
      throw Failure.invalidConfig("\(value) is not above 0", at: "\(pointer)/epsilon/\(index)")
    }
  }
}

/// An attribute that is switched to measure how the model's answers change.
public struct CounterfactualConfig: Configuration {
  public var attribute = ""
  public var follows: [FollowConfig] = []

  public init() {}

  public static let summary = "An attribute to switch, and what changes along with it."
  public static let fields: [ConfigField<CounterfactualConfig>] = [
    ConfigField("attribute", \.attribute, "A column of categories."),
    ConfigField("follows", \.follows, "Columns that change along with the attribute."),
  ]
}
