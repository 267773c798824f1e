import Platform

/// The budgets of successive halving.
public struct HalvingConfig: Configuration {
  public var budget = "/train/epochs"
  public var from = 1
  public var to = 27
  public var keep = 3

  public init() {}

  public static let summary =
    "The budgets of halving: each round trains a fraction of the previous round's candidates with a multiple of "
    + "their budget."
  public static let fields: [ConfigField<HalvingConfig>] = [
    ConfigField(
      "budget", \.budget,
      "The JSON pointer of the key that is the budget, such as \"/train/epochs\" or \"/train/trees/grow\"."),
    ConfigField("from", \.from, in: 1...1_000_000, "The budget of the first round."),
    ConfigField(
      "to", \.to, in: 1...1_000_000, "The largest budget; candidates with it are compared at the end."),
    ConfigField(
      "keep", \.keep, in: 2...100,
      "One candidate of this number continues, with a budget that is larger by this factor."),
  ]

  public func validate(at pointer: String) throws {
    try SearchSpace.requirePointer(budget, at: pointer + "/budget")
    guard from <= to else {
      throw Failure.invalidConfig("\(to) is less than \"from\", which is \(from)", at: pointer + "/to")
    }
  }

  /// The budgets, in ascending order: `from`, times `keep` each, and `to`.
  package var rounds: [Int] {
    var rounds: [Int] = []
    var budget = from
    while budget < to {
      rounds.append(budget)
      let (next, overflow) = budget.multipliedReportingOverflow(by: keep)
      budget = overflow ? to : next
    }
    return rounds + [to]
  }
}
