import Platform
import Transforms

/// The configuration of `eqp_transform_fit`.
public struct TransformConfig: Configuration {
  public var task = TaskChoice.auto
  public var data = DataConfig()
  public var steps: [StepConfig] = []
  public var seed = 0

  public init() {}

  public static let summary = "How rows are changed before training."
  public static let fields: [ConfigField<TransformConfig>] = [
    ConfigField("task", \.task, "Default: read from the label. Steps that need classes refuse regression."),
    ConfigField("data", \.data, "What the columns mean."),
    ConfigField(
      "steps", \.steps, "The steps, run in order; each learns from the rows that the one before it left."),
    ConfigField("seed", \.seed, "The same seed gives the same rows."),
  ]

  public func validate(at pointer: String) throws {
    guard task != .tokens, task != .multilabel else {
      throw Failure.invalidConfig(
        "steps change rows with one label; auto, binary, multiclass and regression are accepted",
        at: pointer + "/task")
    }
  }
}
