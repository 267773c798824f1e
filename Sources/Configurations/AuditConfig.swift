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
      ConfigField("task", \.task, "The task. Default: the model's, or read from the label."),
      ConfigField("data", \.data, "The meaning of the columns. Default: as stored in the model."),
      ConfigField(
        "threshold", \.threshold,
        "The decision is positive if the score is at least this threshold, which is from 0 to 1 for "
          + "models and probabilities. Scores on another scale need one. Default: the model's, or 0.5."),
    ] + AuditSelection.fields(at: \.selection) + [
      ConfigField(
        "curves", \.selection.curves,
        "Whether each group also has its ROC and reliability curves and the histogram of its scores."),
      ConfigField(
        "policy", \.selection.policy,
        "Requirements that the decisions are judged by. Default: those stored in the model."),
      ConfigField(
        "baseline", \.baseline,
        "An earlier report of an audit, or {\"path\": \"report.json\"}. The new report lists the changes "
          + "since then."
      ),
      ConfigField(
        "profile", \.profile,
        "Whether scores and inputs are also counted by group, so that a later audit can measure their "
          + "drift."),
      ConfigField(
        "unseen", \.unseen,
        "For a model, how rows are treated with a category that did not occur in training. count: they are "
          + "counted in the report; refuse: they are an error."
      ),
      ConfigField(
        "score_bins", \.scoreBins, in: 16...65_536,
        "For auditors, which store histograms instead of scores, the number of bins from 0 to 1."),
    ] + AnalysisSelection.fields(at: \.analyses)
}
