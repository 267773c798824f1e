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
    ConfigField(
      "task", \.task,
      "The task. Default: read from the label. Steps that need classes do not accept regression."),
    ConfigField("data", \.data, "The meaning of the columns."),
    ConfigField(
      "steps", \.steps, "The steps in order. Each step learns from the result of the previous one."),
    ConfigField("seed", \.seed, "The seed of random choices. The same seed gives the same rows."),
  ]

  public func validate(at pointer: String) throws {
    guard task != .tokens, task != .multilabel else {
      throw Failure.invalidConfig(
        "steps change rows with one label; auto, binary, multiclass and regression are accepted",
        at: pointer + "/task")
    }
  }
}
