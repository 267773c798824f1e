import Platform

/// The rule by which a search, or `eqp_front_choose`, chooses a model.
public struct ChoiceConfig: Configuration {
  public enum Rule: String, ConfigChoice, Sendable { case best, knee, cost }

  public var rule = Rule.best
  public var tolerances: [Double] = []
  public var price = 1.0

  public init() {}

  public static let summary = "The rule by which one candidate is chosen."
  public static let fields: [ConfigField<ChoiceConfig>] = [
    ConfigField(
      "rule", \.rule,
      "best: the best quality among the candidates whose gaps are at most the tolerances even at their upper "
        + "confidence bounds, or, if there is none, the candidate that exceeds them least; knee: the candidate of "
        + "the front that is farthest from the plane through the best one in each goal (Das 1999); cost: the "
        + "smallest loss of quality plus \"price\" times the sum of the gaps."),
    ConfigField(
      "tolerances", \.tolerances,
      "For best, the tolerance of each goal, in the order of \"fairness\". Default: the objectives' tolerances."
    ),
    ConfigField(
      "price", \.price, in: 0...1e9, "For cost, the quality that a gap of 1 is worth."),
  ]
}
