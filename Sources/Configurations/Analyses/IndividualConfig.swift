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
    "Measures of individual fairness: whether similar people get the same decision, how unequal benefits "
    + "are, and whether scores change with the sensitive attribute."
  public static let fields: [ConfigField<IndividualConfig>] = [
    ConfigField(
      "include", \.include,
      "The columns by which the similarity of two people is measured. Default: the inputs according to "
        + "\"data\"."),
    ConfigField("neighbours", \.neighbours, in: 1...1000, "The number of neighbours for the consistency."),
    ConfigField(
      "most_rows", \.mostRows, in: 2...10_000_000,
      "The maximum number of rows of a table for which the consistency is computed from every row. For a "
        + "larger table it is computed from a random sample of rows, compared with all rows, that takes "
        + "about the same time."),
    ConfigField(
      "most_pair_rows", \.mostPairRows, in: 2...1_000_000,
      "The maximum number of rows for the Lipschitz condition, which is checked for all pairs of rows. "
        + "For a larger table they are a random sample."),
    ConfigField(
      "lipschitz", \.lipschitz, in: 0...1e9,
      "L, the maximum change of a score for a distance of 1."),
    ConfigField(
      "benefit", \.benefit,
      "The benefit for the measures of inequality. decision_error: 1 + decision − label; score_error: 1 "
        + "+ score − label."),
    ConfigField("benefit_column", \.benefitColumn, "A column of benefits, instead of \"benefit\"."),
    ConfigField("alpha", \.alpha, "The parameters of the generalized entropies; 1 is Theil's index."),
    ConfigField("epsilon", \.epsilon, "The parameters of Atkinson's indices, above 0."),
    ConfigField(
      "counterfactual", \.counterfactual,
      "Attributes to switch. Default: each sensitive column that is an input of the model."),
    ConfigField("seed", \.seed, in: 0...Int.max, "The seed of the random samples."),
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

  public static let summary = "An attribute to switch, and the columns that change along with it."
  public static let fields: [ConfigField<CounterfactualConfig>] = [
    ConfigField("attribute", \.attribute, "A column of categories."),
    ConfigField("follows", \.follows, "Columns that change along with the attribute."),
  ]
}
