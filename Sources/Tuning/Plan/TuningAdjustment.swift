import Configurations
import Datasets
import Fairness
import Models
import Platform

/// The phase of a tuning that adjusts the trained model's scores and decisions, learnt from rows that training did not
/// see.
struct TuningAdjustment {
  private let trained: Model
  private let rows: AdjustingRows
  private let subject: AdjustedModel
  private let methods: [AdjustmentConfig]

  /// - Parameter decided: the trained model's scores and decisions on the validation rows.
  /// - Throws: `invalidConfig` at "/after" if there are no validation rows, `unsupported` for labels of words and several
  ///   labels.
  init(_ trained: Model, _ prepared: PreparedRows, _ decided: DecidedRows, _ methods: [AdjustmentConfig])
    throws
  {
    guard prepared.learntLabels.unit == .rows else {
      throw Failure.unsupported(
        "decisions on words and on several labels are not adjusted; one label for each row is accepted",
        at: "/after"
      )
    }
    guard prepared.isHeldOut else {
      throw Failure.invalidConfig(
        "scores and decisions are adjusted on rows that training did not see, and there are none; give validation rows, or "
          + "20 training rows or more", at: "/after")
    }
    self.trained = trained
    self.methods = methods
    let labels = prepared.judgedLabels.labels
    subject = AdjustedModel(
      model: trained, task: labels.task, labels: labels, scores: decided.scores, before: decided)
    rows = try AdjustingRows(
      prepared.judged, prepared.data.fixingQuantiles(in: prepared.judged), task: labels.task, labels: labels,
      scores: decided.scores)
  }

  func adjusted(_ provenance: JSONValue) throws -> (model: Model, account: AdjustmentAccount) {
    var fitting = try DecisionFitting(rows, inputNames: trained.inputNames, threshold: trained.threshold)
    try fitting.fit(methods, at: "/after")
    let model = try subject.adjusted(by: fitting.adjustments, provenance)
    let account = try AdjustmentJudge(model, rows, subject, AuditSelection(), nil).account(fitting)
    return (model, account)
  }
}
