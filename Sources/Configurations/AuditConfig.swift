import Fairness
import Platform

/// The configuration of `eqp_audit` and of auditors.
public struct AuditConfig: Configuration {
  public var task = TaskChoice.auto
  public var data: DataConfig?
  public var selection = AuditSelection()
  public var threshold: Double?
  public var scoreBins = 1024
  public var baseline: JSONValue = .null
  public var profile = false
  public var unseen = UnseenChoice.count
  public var analyses = AnalysisSelection()

  public init() {}

  public static let summary = "The configuration of an audit."
  public static let fields: [ConfigField<AuditConfig>] =
    [
      ConfigField("task", \.task, "Default: the model's, or read from the label."),
      ConfigField("data", \.data, "What the columns mean. Default: what the model remembers."),
      ConfigField(
        "threshold", \.threshold,
        "The score from which the decision is positive, of models and probabilities 0 to 1; scores that are points "
          + "need one. Default: the model's, or 0.5."),
    ] + AuditSelection.fields(at: \.selection) + [
      ConfigField(
        "curves", \.selection.curves,
        "Whether each group also has its ROC and reliability curves and the histogram of its scores."),
      ConfigField(
        "policy", \.selection.policy,
        "Requirements to judge the decisions by. Default: those that the model remembers."),
      ConfigField(
        "baseline", \.baseline,
        "An earlier report of an audit, or {\"path\": \"report.json\"}: the report says what has changed since."
      ),
      ConfigField(
        "profile", \.profile,
        "Also count scores and inputs by group, so that a later audit can tell how they drifted."),
      ConfigField(
        "unseen", \.unseen,
        "Of a model: whether rows with a category that training has not seen are an error, or counted in the report."
      ),
      ConfigField(
        "score_bins", \.scoreBins, in: 16...65_536,
        "Of auditors, which keep histograms in place of scores: the number of their bins over 0 to 1."),
    ] + AnalysisSelection.fields(at: \.analyses)
}
