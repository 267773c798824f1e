import Platform

/// How AdaLoRA reduces ranks.
public struct RankBudgetConfig: Configuration {
  public var initialRank: Int?
  public var start = 0.1
  public var end = 0.7
  public var every = 1
  public var orthogonality = 0.5
  public var sensitivityMemory = 0.85
  public var uncertaintyMemory = 0.85

  public init() {}

  public static let summary = "How AdaLoRA takes ranks away (Zhang et al. 2023, sections 3.2 and 3.3)."
  public static let fields: [ConfigField<RankBudgetConfig>] = [
    ConfigField(
      "initial_rank", \.initialRank, in: 1...8192, "Of every layer at the start. Default: 1.5 times the rank."
    ),
    ConfigField("start", \.start, in: 0...1, "The share of all steps after which ranks begin to fall."),
    ConfigField(
      "end", \.end, in: 0...1,
      "The share of all steps after which they have fallen, by a cubic curve, and stay with their layers."),
    ConfigField("every", \.every, in: 1...1_000_000, "Steps from one choice of the ranks to the next."),
    ConfigField(
      "orthogonality", \.orthogonality, in: 0...1e6,
      "The weight of the penalty on singular vectors that are not orthonormal (equation 4, the mean over the matrices)."
    ),
    ConfigField(
      "sensitivity_memory", \.sensitivityMemory, in: 0...0.999999,
      "How much of a weight's sensitivity stays from step to step (equation 9)."),
    ConfigField(
      "uncertainty_memory", \.uncertaintyMemory, in: 0...0.999999,
      "How much of its uncertainty stays from step to step (equation 10)."),
  ]

  public func validate(at pointer: String) throws {
    guard start <= end else {
      throw Failure.invalidConfig(
        "ranks would end to fall (\(end)) before they begin (\(start)); an end from start to 1 is accepted",
        at: pointer + "/end")
    }
  }
}
