import Platform

/// Changes of an ensemble's trees in addition to the tuning of their leaves.
public struct TreesConfig: Configuration {
  public var grow: Int?
  public var patience = 50
  public var depth: Int?
  public var learningRate: Double?
  public var lambda = 1.0
  public var minimumChildWeight = 1.0
  public var subsample: Double?
  public var prune = false
  public var minimumGain = 0.0

  public init() {}

  public static let summary =
    "Growing further trees before the leaves are tuned, by XGBoost's C library from the gradient and "
    + "curvature of loss and fairness objectives, and pruning trees afterwards."
  public static let fields: [ConfigField<TreesConfig>] = [
    ConfigField(
      "grow", \.grow, in: 0...10_000,
      "The number of rounds. In each round one tree is grown for each output. Default: 0 for a model that has trees; "
        + "a new model grows until the loss of the validation rows has not decreased for patience rounds, at most "
        + "2000, and keeps the rounds up to the best one."),
    ConfigField(
      "patience", \.patience, in: 1...10_000,
      "For a new model without grow, the number of rounds without a smaller loss after which growth ends."),
    ConfigField(
      "depth", \.depth, in: 1...16,
      "The maximum number of splits on the way to a leaf. Default: 4; for a new model 5."),
    ConfigField(
      "learning_rate", \.learningRate, in: 1e-6...1,
      "The factor of a new leaf's value. Default: 0.1; for a new model 0.05."),
    ConfigField(
      "lambda", \.lambda, in: 0...1e6,
      "A constant added to a leaf's curvature. Larger constants give smaller leaf values."),
    ConfigField("min_child_weight", \.minimumChildWeight, in: 0...1e9, "The minimum curvature of a leaf."),
    ConfigField(
      "subsample", \.subsample, in: 0.01...1,
      "The share of the rows that a round uses. Default: 1; for a new model 0.8."),
    ConfigField(
      "prune", \.prune,
      "Whether trees are removed, round by round, if the objective of the validation rows is smaller "
        + "without them."
    ),
    ConfigField(
      "minimum_gain", \.minimumGain, in: 0...1e6,
      "For prune, how much smaller the objective must be without a tree."),
  ]

  /// - Throws: `invalidConfig` if nothing changes the trees of a model that has some.
  public func requireChange(at pointer: String) throws {
    guard grow ?? 0 > 0 || prune else {
      throw Failure.invalidConfig(
        "neither \"grow\" nor \"prune\" is given; one of them, or both, are accepted", at: pointer)
    }
  }
}
