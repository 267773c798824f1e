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

  public static let summary = "How AdaLoRA reduces ranks (Zhang et al. 2023, sections 3.2 and 3.3)."
  public static let fields: [ConfigField<RankBudgetConfig>] = [
    ConfigField(
      "initial_rank", \.initialRank, in: 1...8192,
      "The rank of every layer at the start. Default: 1.5 times \"rank\"."
    ),
    ConfigField("start", \.start, in: 0...1, "The share of all steps after which ranks begin to decrease."),
    ConfigField(
      "end", \.end, in: 0...1,
      "The share of all steps after which ranks do not change any more. Until then they decrease by a "
        + "cubic curve."),
    ConfigField(
      "every", \.every, in: 1...1_000_000,
      "The number of steps between two allocations of the ranks."),
    ConfigField(
      "orthogonality", \.orthogonality, in: 0...1e6,
      "The weight of the penalty on singular vectors that are not orthonormal (equation 4, the mean over the matrices)."
    ),
    ConfigField(
      "sensitivity_memory", \.sensitivityMemory, in: 0...0.999999,
      "The decay of the moving average of a weight's sensitivity (equation 9)."),
    ConfigField(
      "uncertainty_memory", \.uncertaintyMemory, in: 0...0.999999,
      "The decay of the moving average of its uncertainty (equation 10)."),
  ]

  public func validate(at pointer: String) throws {
    guard start <= end else {
      throw Failure.invalidConfig(
        "ranks would end to fall (\(end)) before they begin (\(start)); an end from start to 1 is accepted",
        at: pointer + "/end")
    }
  }
}
