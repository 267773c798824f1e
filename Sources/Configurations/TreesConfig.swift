import Platform

/// Changes of an ensemble's trees in addition to the tuning of their leaves.
public struct TreesConfig: Configuration {
  public var grow = 0
  public var depth = 4
  public var learningRate = 0.1
  public var lambda = 1.0
  public var minimumChildWeight = 1.0
  public var subsample = 1.0
  public var prune = false
  public var minimumGain = 0.0

  public init() {}

  public static let summary =
    "Further trees, grown under gradient and curvature of loss and fairness objectives by XGBoost's C library before the "
    + "leaves are tuned, and pruning after it."
  public static let fields: [ConfigField<TreesConfig>] = [
    ConfigField("grow", \.grow, in: 0...10_000, "Rounds, in each of which a tree for each output is grown."),
    ConfigField("depth", \.depth, in: 1...16, "Splits on the way to a leaf, at most."),
    ConfigField(
      "learning_rate", \.learningRate, in: 1e-6...1, "What a new leaf's value is multiplied by."),
    ConfigField("lambda", \.lambda, in: 0...1e6, "Added to a leaf's curvature: larger values are smaller."),
    ConfigField("min_child_weight", \.minimumChildWeight, in: 0...1e9, "The least curvature of a leaf."),
    ConfigField("subsample", \.subsample, in: 0.01...1, "The share of the rows that a round sees."),
    ConfigField(
      "prune", \.prune,
      "Whether trees are left out, one round after another, without which the validation rows' objective is smaller."
    ),
    ConfigField(
      "minimum_gain", \.minimumGain, in: 0...1e6,
      "Of prune: by how much the objective must be smaller without a tree."),
  ]

  public func validate(at pointer: String) throws {
    guard grow > 0 || prune else {
      throw Failure.invalidConfig(
        "neither \"grow\" nor \"prune\" is given; one of them, or both, are accepted", at: pointer)
    }
  }
}
