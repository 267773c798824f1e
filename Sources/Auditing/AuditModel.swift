import Configurations
import Datasets
import Fairness
import Models
import Platform
import Prediction

/// Audits a model on a dataset, or another system's decisions that the dataset holds.
///
/// - Parameter learner: trains models that tell groups.
/// - Throws: `invalidConfig` when the configuration does not fit, `invalidData` when the rows do not.
package func audit(
  _ model: Model?, on dataset: Dataset, _ config: AuditConfig, _ learner: any GroupLearner
) throws -> JSONValue {
  try Memory.requireRoom(forRows: dataset.rows, for: "auditing rows")
  var config = config
  guard let data = config.data ?? model?.data else {
    throw Failure.invalidConfig(
      "\"data\" is missing: the label and the sensitive columns are needed", at: "/data")
  }
  if config.selection.policy == nil, let model, model.policy != .null {
    config.selection.policy = try PolicyConfig.decoded(model.policy, at: "/policy")
  }
  let (all, meaning) = try dataset.addingLexicons(data)
  config.data = meaning
  let (rows, withoutLabel) = try all.leavingOutUnlabelled(meaning)
  let thing: LabelledThing =
    if let model { try model.labelled(config.task, at: "/task") } else {
      config.task == .tokens ? .words : .rows
    }
  let report: JSONValue
  switch (thing, model) {
  case (.words, _): report = try config.auditOfWords(model, on: rows, meaning, learner)
  case (.labels, let model?): report = try config.auditOfLabels(model, on: rows, meaning, learner)
  default:
    if config.task == .multilabel {
      throw Failure.invalidConfig(
        "without a model, the section \"multilabel\" audits several labels", at: "/task")
    }
    return try audited(model, on: rows, config, from: dataset, learner).countingUnlabelled(withoutLabel)
  }
  config.baseline = .null
  return try report.countingUnlabelled(withoutLabel).adding(
    "provenance", provenance(config: config.encoded, dataset: dataset, base: model?.provenance ?? .null))
}

/// The same, compared with the audit of other rows, such as those of training.
///
/// - Parameter reference: audited first, alike; nil: there is nothing to compare with.
/// - Throws: also `invalidConfig` when the configuration names an earlier report, too.
package func audit(
  _ model: Model?, on dataset: Dataset, comparedWith reference: Dataset?, _ config: AuditConfig,
  _ learner: any GroupLearner
) throws -> JSONValue {
  guard let reference else { return try audit(model, on: dataset, config, learner) }
  guard config.baseline == .null else {
    throw Failure.invalidConfig(
      "an earlier report and reference rows are given; one of them is what an audit is compared with",
      at: "/baseline")
  }
  var compared = config
  compared.baseline = try audit(model, on: reference, config, learner)
  return try audit(model, on: dataset, compared, learner)
}

/// The audit of rows that have all their columns.
///
/// - Parameters:
///   - classes: of the labels, where there is no model that knows them.
///   - origin: what `dataset` was made of.
package func audited(
  _ model: Model?, on dataset: Dataset, _ config: AuditConfig, classes: [String] = [],
  from origin: Dataset? = nil, _ learner: any GroupLearner
) throws -> JSONValue {
  var config = config
  guard let data = config.data else { throw Failure.internal("an audit without columns") }
  if model != nil, let threshold = config.threshold, !(0...1).contains(threshold) {
    throw Failure.invalidConfig(
      "\(threshold) is out of range: a model's scores are probabilities, 0 to 1", at: "/threshold")
  }
  let threshold = config.threshold ?? model?.threshold
  let isDecided = model != nil || data.prediction != nil || data.score != nil
  let baseline = try config.earlierReport()
  // Else nothing was decided, or nothing is measured by groups: the analyses are all that is asked for.
  let isMeasured = config.analyses.isEmpty || isDecided && !config.hasAnalysesAlone
  let measured =
    try isMeasured
    ? MeasuredRows(model, dataset, data, config, classes, threshold: threshold, since: baseline)
    : MeasuredRows(unmeasured: dataset, model, data, config, classes)
  var report = measured.report
  if !config.analyses.isEmpty {
    var rows = try AnalysisRows(
      dataset, data, by: config.selection.by, labels: measured.labels, model: model,
      modelScores: measured.modelScores, threshold: threshold)
    rows.selection = config.selection
    rows.learner = learner
    let (sections, notes) = try config.analyses.sections(rows)
    for section in sections { report = report.adding(section.key, section.value) }
    report = report.adding("notes", .array((report["notes"]?.array ?? []) + notes.map { .string($0) }))
  }
  if let model { report = report.addingUnseen(try model.unseenCategories(in: dataset, config.unseen)) }
  // A report of reports would grow without end.
  config.baseline = .null
  report = report.adding(
    "provenance",
    try provenance(config: config.encoded, dataset: origin ?? dataset, base: model?.provenance ?? .null))
  return try baseline.map { try AuditConfig.compared(report, with: $0) } ?? report
}

/// What is known of rows before they are analysed.
private struct MeasuredRows {
  let report: JSONValue
  /// nil where rows have none.
  let labels: Labels?
  /// nil without a model.
  let modelScores: Buffer<Float>?

  /// Rows whose groups are measured.
  ///
  /// - Parameter earlier: the report that the audit is compared with.
  init(
    _ model: Model?, _ dataset: Dataset, _ data: DataConfig, _ config: AuditConfig, _ classes: [String],
    threshold: Double?, since earlier: JSONValue?
  ) throws {
    let evaluation = try Evaluation(
      dataset, data, config.selection, task: config.task, model: model, classes: classes)
    labels = evaluation.hasLabels ? evaluation.labels : nil
    let result: AuditResult
    if let model {
      try requireScores(of: model, fit: evaluation.labels)
      let inputs = try model.inputs(of: dataset, include: data.include, data: data)
      let scores = try model.scores(inputs, task: evaluation.labels.task)
      modelScores = scores
      result = try evaluation.audit(scores, threshold: threshold ?? 0.5)
    } else {
      modelScores = nil
      result = try evaluation.audit(decisionsOf: dataset, data, threshold: threshold)
    }
    var report = try config.judged(result)
    if config.selection.curves { report = result.addingCurves(to: report) }
    if config.profile {
      report = try Profile(dataset, data, evaluation, modelScores).added(to: report, since: earlier)
    }
    self.report = report
  }

  /// Rows of which only analyses are asked for.
  init(
    unmeasured dataset: Dataset, _ model: Model?, _ data: DataConfig, _ config: AuditConfig,
    _ classes: [String]
  ) throws {
    labels =
      try data.label == nil
      ? nil
      : Labels(
        dataset, data, choice: config.task, known: model?.task, classes: model?.classLabels ?? classes,
        reading: Labels.Reading(isModel: model != nil, mayLackPositive: true))
    modelScores = try model.map {
      try $0.scores($0.inputs(of: dataset, include: data.include, data: data), task: $0.task)
    }
    report = ["kind": "audit", "version": 1, "rows": .integer(dataset.rows), "notes": []]
  }
}

extension AuditConfig {
  /// Whether the analyses are all that is asked for: there are no labels, and neither metrics nor a policy are named.
  fileprivate var hasAnalysesAlone: Bool {
    data?.label == nil && selection.policy == nil && selection.metrics.isEmpty
  }
}

/// - Throws: `invalidConfig` when the model's outputs cannot be scores for the labels.
func requireScores(of model: Model, fit labels: Labels) throws {
  let width = try model.scorer.scoring(for: labels.task).width
  guard labels.task.fits(outputs: width) else {
    throw Failure.invalidConfig(
      "the model has \(width) outputs, which does not fit a \(labels.task.name) label"
        + (labels.classes.isEmpty ? "" : " of \(labels.classes.count) classes"), at: "/task")
  }
}

/// What made a report: configuration, data and software.
///
/// - Parameter validation: rows of their own by which a tuning was judged.
package func provenance(
  config: JSONValue, dataset: Dataset, validation: Dataset? = nil, base: JSONValue = .null, seed: Int? = nil
) throws -> JSONValue {
  let digest = Digest()
  digest.update(config.text())
  var members: [JSONValue.Member] = [
    .init("config", config), .init("config_digest", .string(digest.finish())),
    .init("data_digest", .string(try dataset.digest())),
    .init("library", .string(libraryVersion)),
  ]
  if let validation { members.append(.init("validation_digest", .string(try validation.digest()))) }
  if let seed { members.append(.init("seed", .integer(seed))) }
  if base != .null { members.append(.init("base", base)) }
  return .object(members)
}
