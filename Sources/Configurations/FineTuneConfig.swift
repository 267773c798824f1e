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
  public var reduction: ReductionConfig?
  public var after: [AdjustmentConfig] = []
  public var audit = AuditSelection()
  public var threshold = 0.5
  public var baseline = true
  public var policy: PolicyConfig?
  public var search: SearchConfig?

  public init() {}

  public static let summary = "The configuration of a fine-tuning."
  public static let fields: [ConfigField<FineTuneConfig>] = [
    ConfigField(
      "task", \.task,
      "The task. Default (auto): the task of a model of tokens or of several labels; otherwise it is read "
        + "from the label: two values mean binary, words or few integers multiclass, anything else regression. "
        + "tokens: each word of a text has a tag. multilabel: the columns in \"labels\" of \"data\" are "
        + "predicted."
    ),
    ConfigField("data", \.data, "The meaning of the columns."),
    ConfigField(
      "prepare", \.prepare,
      "Steps that change the training rows before training: weights, resampling, labels."),
    ConfigField(
      "encoding", \.encoding,
      "How raw columns become the network's inputs, for models that do not have encoders yet."),
    ConfigField("train", \.train, "How the weights are trained."),
    ConfigField(
      "after", \.after,
      "Methods that change scores and decisions after training, as in \"adjust\". They are learnt from the validation "
        + "rows."),
    ConfigField("fairness", \.fairness, "The fairness objectives. Any number is accepted."),
    ConfigField(
      "reduction", \.reduction,
      "Keeps the tolerances by training the model several times with a cost for each row, for any kind of model. "
        + "Default: the tolerances are part of a single training."),
    ConfigField("audit", \.audit, "The content of the audits before and after."),
    ConfigField(
      "threshold", \.threshold, in: 0...1,
      "The decision is positive if the probability is at least this threshold."),
    ConfigField(
      "baseline", \.baseline,
      "Whether the same model is also tuned without constraints and reported, to show the price of fairness."
    ),
    ConfigField(
      "policy", \.policy,
      "Requirements that the model must meet. They are judged on the audit after training and saved with "
        + "the model."),
    ConfigField(
      "search", \.search,
      "A search over values of the other keys. The result is the chosen model, and its report has the front of all "
        + "candidates. {}: the tolerances and the methods that apply, with good defaults."),
  ]

  public func validate(at pointer: String) throws {
    try AdjustmentConfig.validate(after, at: pointer + "/after")
    for (index, entry) in fairness.enumerated() {
      let place = "\(pointer)/fairness/\(index)"
      guard reduction != nil else {
        guard entry.ratio == nil else {
          throw Failure.invalidConfig(
            "a ratio is kept by a reduction only; \"reduction\": {} adds one, and a tolerance bounds the difference instead",
            at: place + "/ratio")
        }
        continue
      }
      try entry.validateForReduction(at: place)
    }
    guard reduction == nil || train.checkpoint == nil else {
      throw Failure.invalidConfig(
        "a reduction trains several times and writes no checkpoints", at: pointer + "/train/checkpoint")
    }
    guard reduction == nil || !fairness.isEmpty else {
      throw Failure.invalidConfig(
        "a reduction keeps tolerances, and \"fairness\" has none", at: pointer + "/reduction")
    }
  }
}
