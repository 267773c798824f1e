import Datasets
import Fairness
import Platform

/// What a model is to predict; auto: read from the label.
public enum TaskChoice: String, ConfigChoice, Sendable {
  case auto, binary, multiclass, regression, multilabel, tokens
}

/// The configuration of `eqp_finetune`.
public struct FineTuneConfig: Configuration {
  public var task = TaskChoice.auto
  public var data = DataConfig()
  public var encoding = EncoderOptions()
  public var train = TrainConfig()
  public var fairness: [FairnessConfig] = []
  public var audit = AuditSelection()
  public var threshold = 0.5
  public var policy: PolicyConfig?

  public init() {}

  public static let summary = "The configuration of a fine-tuning."
  public static let fields: [ConfigField<FineTuneConfig>] = [
    ConfigField(
      "task", \.task,
      "Default: read from the label: two values are binary, words or few integers multiclass, else regression."
    ),
    ConfigField("data", \.data, "What the columns mean."),
    ConfigField(
      "encoding", \.encoding,
      "How raw columns become the network's inputs, for models that do not have encoders yet."),
    ConfigField("train", \.train, "How the weights are trained."),
    ConfigField("fairness", \.fairness, "The fairness objectives, any number."),
    ConfigField("audit", \.audit, "What the audits before and after report."),
    ConfigField("threshold", \.threshold, in: 0...1, "The probability from which the decision is positive."),
    ConfigField(
      "policy", \.policy,
      "Requirements that the model must meet: judged on the audit after training, and kept with the model."),
  ]

  public func validate(at pointer: String) throws {
    try task.validate(at: pointer + "/task")
  }
}

extension TaskChoice {
  func validate(at pointer: String) throws {
    if self == .multilabel || self == .tokens {
      throw Failure.unsupported("the task \"\(rawValue)\" is not available in this version", at: pointer)
    }
  }
}

extension GapReference: ConfigChoice {}

/// What an audit reports of each group.
public struct AuditSelection: Configuration {
  public var by: [AttributeReference] = []
  public var metrics: [String] = []
  public var zeroDivision = ZeroDivisionChoice.undefined
  public var reference = ConfigMap<String>()
  public var compareWith: [GapReference] = []
  public var conditionalOn: [SensitiveColumn] = []
  /// Of audits alone.
  var curves = false
  public var intervals: IntervalsConfig?
  public var tests: TestsConfig?
  /// What the audit is judged by; not a field here, since it stands beside the audit.
  var policy: PolicyConfig?

  public init() {}

  public enum ZeroDivisionChoice: String, ConfigChoice, Sendable { case undefined, zero }

  public static let summary = "What an audit reports."
  public static let fields: [ConfigField<AuditSelection>] = [
    ConfigField("by", \.by, "Attributes and intersections. Default: each of \"sensitive\"."),
    ConfigField(
      "metrics", \.metrics, "Names of metrics; docs/metrics.md lists them. Default: all of the task."),
    ConfigField(
      "zero_division", \.zeroDivision,
      "What a rate with nothing in its denominator is: null with a note, or 0 (scikit-learn's convention)."),
    ConfigField(
      "reference", \.reference,
      "The privileged group of an attribute, for signed differences. Default: the largest."),
    ConfigField("compare_with", \.compareWith, AuditSelection.compareWithMeaning),
    ConfigField("conditional_on", \.conditionalOn, AuditSelection.conditionalOnMeaning),
    ConfigField("intervals", \.intervals, "Confidence intervals; null: none."),
    ConfigField("tests", \.tests, "Tests that groups are alike; null: none."),
  ]

  static let compareWithMeaning =
    "What each metric's groups are compared with beside the four gaps; docs/metrics.md has the formulas."
  static let conditionalOnMeaning =
    "Columns within whose values the conditional measures compare the groups, such as [\"department\"]."
}

/// The configuration of `eqp_audit`.
public struct AuditConfig: Configuration {
  public var task = TaskChoice.auto
  public var data: DataConfig?
  public var by: [AttributeReference] = []
  public var metrics: [String] = []
  public var threshold: Double?
  public var scoreBins = 1024
  public var zeroDivision = AuditSelection.ZeroDivisionChoice.undefined
  public var reference = ConfigMap<String>()
  public var compareWith: [GapReference] = []
  public var conditionalOn: [SensitiveColumn] = []
  public var curves = false
  public var intervals: IntervalsConfig?
  public var tests: TestsConfig?
  public var policy: PolicyConfig?
  public var baseline: JSONValue = .null
  public var profile = false
  public var analyses = AnalysisSelection()

  public init() {}

  public static let summary = "The configuration of an audit."
  public static let fields: [ConfigField<AuditConfig>] =
    [
      ConfigField("task", \.task, "Default: the model's, or read from the label."),
      ConfigField("data", \.data, "What the columns mean. Default: what the model remembers."),
      ConfigField("by", \.by, "Attributes and intersections. Default: each of \"sensitive\"."),
      ConfigField(
        "metrics", \.metrics, "Names of metrics; docs/metrics.md lists them. Default: all of the task."),
      ConfigField(
        "threshold", \.threshold, in: 0...1,
        "The probability from which the decision is positive. Default: the model's, or 0.5."),
      ConfigField(
        "score_bins", \.scoreBins, in: 16...65_536,
        "Of auditors, which keep histograms in place of scores: the number of their bins over 0 to 1."),
      ConfigField(
        "zero_division", \.zeroDivision,
        "What a rate with nothing in its denominator is: null with a note, or 0 (scikit-learn's convention)."),
      ConfigField(
        "reference", \.reference,
        "The privileged group of an attribute, for signed differences. Default: the largest."),
      ConfigField("compare_with", \.compareWith, AuditSelection.compareWithMeaning),
      ConfigField("conditional_on", \.conditionalOn, AuditSelection.conditionalOnMeaning),
      ConfigField(
        "curves", \.curves,
        "Whether each group also has its ROC and reliability curves and the histogram of its scores."),
      ConfigField("intervals", \.intervals, "Confidence intervals; null: none."),
      ConfigField("tests", \.tests, "Tests that groups are alike; null: none."),
      ConfigField(
        "policy", \.policy, "Requirements to judge the decisions by. Default: those that the model remembers."
      ),
      ConfigField(
        "baseline", \.baseline,
        "An earlier report of an audit, or {\"path\": \"report.json\"}: the report says what has changed since."
      ),
      ConfigField(
        "profile", \.profile,
        "Also count scores and inputs by group, so that a later audit can tell how they drifted."),
    ] + AnalysisSelection.fields(at: \.analyses)

  public func validate(at pointer: String) throws { try task.validate(at: pointer + "/task") }

  var selection: AuditSelection {
    var selection = AuditSelection()
    selection.by = by
    selection.metrics = metrics
    selection.zeroDivision = zeroDivision
    selection.reference = reference
    selection.compareWith = compareWith
    selection.conditionalOn = conditionalOn
    selection.curves = curves
    selection.intervals = intervals
    selection.tests = tests
    selection.policy = policy
    return selection
  }
}
