import Datasets
import Fairness
import Platform
import Transforms

/// The task of a model; auto: derived from the label.
public enum TaskChoice: String, ConfigChoice, Sendable {
  case auto, binary, multiclass, regression, multilabel, tokens
}

extension TaskChoice {
  /// The task of rows without labels; nil if the configuration does not set one.
  package var task: Fairness.Task? {
    switch self {
    case .binary: .binary
    case .regression: .regression
    case .auto, .multiclass, .multilabel, .tokens: nil
    }
  }
}

/// The configuration of `eqp_finetune`.
public struct FineTuneConfig: Configuration {
  public var task = TaskChoice.auto
  public var data = DataConfig()
  public var prepare: [StepConfig] = []
  public var encoding = EncoderOptions()
  public var train = TrainConfig()
  public var fairness: [FairnessConfig] = []
  public var audit = AuditSelection()
  public var threshold = 0.5
  public var baseline = true
  public var policy: PolicyConfig?

  public init() {}

  public static let summary = "The configuration of a fine-tuning."
  public static let fields: [ConfigField<FineTuneConfig>] = [
    ConfigField(
      "task", \.task,
      "Default: read from the label: two values are binary, words or few integers multiclass, else regression; that of "
        + "a model of tokens or of several labels. tokens: each word of a text has a tag; multilabel: \"labels\" of "
        + "\"data\"."
    ),
    ConfigField("data", \.data, "What the columns mean."),
    ConfigField(
      "prepare", \.prepare,
      "Steps that change the training rows before anything is learnt from them: weights, resampling, labels."),
    ConfigField(
      "encoding", \.encoding,
      "How raw columns become the network's inputs, for models that do not have encoders yet."),
    ConfigField("train", \.train, "How the weights are trained."),
    ConfigField("fairness", \.fairness, "The fairness objectives, any number."),
    ConfigField("audit", \.audit, "What the audits before and after report."),
    ConfigField("threshold", \.threshold, in: 0...1, "The probability from which the decision is positive."),
    ConfigField(
      "baseline", \.baseline,
      "Whether the report has the same model tuned without constraints, so that the price of fairness can be seen."
    ),
    ConfigField(
      "policy", \.policy,
      "Requirements that the model must meet: judged on the audit after training, and kept with the model."),
  ]

}
