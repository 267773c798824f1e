import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform

/// Learns adjustments of a model's scores and decisions from rows. The base is not modified, and weights do
/// not change.
///
/// - Parameters:
///   - base: nil: the rows contain another system's scores, and the result is a model that reads scores.
///   - rows: rows that were not used in training, so that the thresholds also hold for new rows.
///   - reporting: whether to make a report; otherwise it is null.
/// - Returns: the adjusted model and the report (docs/reports.md).
/// - Throws: `invalidConfig`, `invalidData`, `unsupported`, `cancelled`, `outOfMemory`.
public func adjust(_ base: Model?, on rows: Dataset, _ config: AdjustConfig, reporting: Bool = true) throws
  -> (
    model: Model, report: JSONValue
  )
{
  guard !config.adjust.isEmpty else {
    throw Failure.invalidConfig("no method is named; at least one is needed", at: "/adjust")
  }
  try Memory.requireRoom(forRows: rows.rows, for: "rows of an adjustment")
  guard var data = config.data ?? base?.data else {
    throw Failure.invalidConfig(
      "\"data\" is missing: the label and the sensitive columns are needed", at: "/data")
  }
  let (labelled, withoutLabel) = try rows.leavingOutUnlabelled(data)
  let dataset: Dataset
  (dataset, data) = try labelled.addingLexicons(data)
  data = try data.fixingQuantiles(in: dataset)
  let subject =
    try base.map { try AdjustedModel($0, dataset, data, config) }
    ?? AdjustedModel(scoresIn: dataset, data, config)
  let adjusting = try AdjustingRows(
    dataset, data, task: subject.task, labels: subject.labels, scores: subject.scores)
  var fitting = try DecisionFitting(
    adjusting, inputNames: subject.model.inputNames, threshold: subject.model.threshold)
  try fitting.fit(config.adjust, at: "/adjust")
  let origin = try provenance(config: config.encoded, dataset: rows, base: base?.provenance ?? .null)
  let model = try subject.adjusted(by: fitting.adjustments, origin)
  let policy = try model.policy == .null ? nil : PolicyConfig.decoded(model.policy, at: "/policy")
  // Without a report and a policy no audit is needed.
  guard reporting || policy != nil else { return (model, .null) }
  let judge = try AdjustmentJudge(model, adjusting, subject, config.audit, policy)
  try model.judge(judge.verdict ?? .null)
  guard reporting else { return (model, .null) }
  let report = try judge.report(fitting, provenance: origin)
  return (model, report.countingUnlabelled(withoutLabel))
}

/// The model to adjust, with its results on the rows from which adjustments are learnt.
struct AdjustedModel {
  /// The model without adjustments; for another system's scores, a model that reads them.
  let model: Model
  let task: Fairness.Task
  /// nil if the rows have no labels.
  let labels: Labels?
  /// The unchanged scores of the scorer.
  let scores: Buffer<Float>
  /// The scores and decisions before the adjustment; nil if there were no decisions.
  let before: DecidedRows?
}

extension AdjustedModel {
  init(_ base: Model, _ dataset: Dataset, _ data: DataConfig, _ config: AdjustConfig) throws {
    _ = try base.scorer.scoring(for: base.task)
    guard case .rows = base.answer else {
      throw Failure.unsupported(
        "the model does not predict one label for each row; decisions on words, several labels and vectors are not adjusted",
        at: "/adjust")
    }
    let labels = try data.label.map { _ in
      try Labels(
        dataset, data, choice: config.task, known: base.task, classes: base.classLabels)
    }
    guard let task = labels?.task ?? base.task ?? config.task.task else {
      throw Failure.invalidConfig(
        "without a label the task of the model's outputs is not known; binary or regression is accepted",
        at: "/task")
    }
    let width = try base.scorer.scoring(for: task).width
    guard task.fits(outputs: width) else {
      throw Failure.invalidConfig(
        "the model has \(width) outputs, which does not fit a \(task.name) label", at: "/task")
    }
    var record = base.record
    record.adjustments = ModelAdjustments()
    if record.data == nil {
      record.data = data
      // The reader already knows which columns are read.
      record.data?.include = []
    }
    let model: Model
    if record.task == nil {
      record.task = task
      record.classLabels = labels?.classes ?? (task == .binary ? ["0", "1"] : [])
      // The task is known only now, and it determines the number of scores.
      model = try Model(base.requireNetwork().network, reader: base.reader, record)
    } else {
      model = try Model(reader: base.reader, scorer: base.scorer, record)
    }
    let scores = try base.scores(
      base.inputs(of: dataset, include: data.include, data: data), task: task)
    self.init(
      model: model, task: task, labels: labels, scores: scores,
      before: try base.decided(scores, of: dataset, task: task))
  }

  /// For another system's scores in a column.
  init(scoresIn dataset: Dataset, _ data: DataConfig, _ config: AdjustConfig) throws {
    guard let column = data.score else {
      throw Failure.invalidConfig(
        "without a model, \"score\" names the column of another system's scores", at: "/data/score")
    }
    let labels = try data.label.map { _ in
      try Labels(
        dataset, data, choice: config.task, known: nil, reading: Labels.Reading(isModel: false))
    }
    guard let task = labels?.task ?? config.task.task else {
      throw Failure.invalidConfig(
        "without a label the task of the scores is not known; binary or regression is accepted", at: "/task")
    }
    if case .multiclass = task {
      throw Failure.unsupported(
        "scores of several classes are in several columns, but only one column is read; two classes and regression are "
          + "accepted", at: "/task")
    }
    // The first calibration may read scores of any range; all other methods read probabilities.
    let calibrates =
      (config.adjust.first?.method as? CalibrationConfig).map { !$0.kind.needsProbabilities } ?? false
    let reader = ScoresReader(column: column, areProbabilities: task == .binary && !calibrates)
    let model = try Model(
      reader: reader, scorer: GivenScores(task, reader),
      ModelRecord(
        kind: ScoresReader.name, task: task,
        classLabels: task == .binary ? labels?.classes ?? ["0", "1"] : [], data: data))
    let scores = try model.scores(model.inputs(of: dataset), task: task)
    let arePoints = calibrates && scores.array.contains { !(0...1).contains($0) }
    self.init(
      model: model, task: task, labels: labels, scores: scores,
      before: arePoints ? nil : try model.decided(scores, of: dataset, task: task))
  }

  /// The model with the learnt adjustments.
  func adjusted(by adjustments: ModelAdjustments, _ provenance: JSONValue) throws -> Model {
    var record = model.record
    record.adjustments = adjustments
    record.provenance = provenance
    return try Model(reader: model.reader, scorer: model.scorer, record)
  }
}
