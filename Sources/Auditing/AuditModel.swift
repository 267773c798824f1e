import Configurations
import Datasets
import Fairness
import Models
import Platform
import Prediction

/// Audits a model on a dataset, or the decisions of another system in the dataset.
///
/// - Parameter learner: trains models that predict groups.
/// - Throws: `invalidConfig` for a configuration that does not fit, `invalidData` for rows that do not.
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
  let unit: UnitOfAnalysis =
    if let model { try model.labelled(config.task, at: "/task") } else {
      config.task == .tokens ? .words : .rows
    }
  let report: JSONValue
  switch (unit, model) {
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

/// The same audit, compared with the audit of other rows, such as the training rows.
///
/// - Parameter reference: the other rows, audited first with the same configuration; nil: no comparison.
/// - Throws: in addition `invalidConfig` if the configuration names an earlier report too.
package func audit(
  _ model: Model?, on dataset: Dataset, comparedWith reference: Dataset?, _ config: AuditConfig,
  _ learner: any GroupLearner
) throws -> JSONValue {
  guard let reference else { return try audit(model, on: dataset, config, learner) }
  guard config.baseline == .null else {
    throw Failure.invalidConfig(
      "an earlier report and reference rows are given; an audit is compared with only one of them",
      at: "/baseline")
  }
  var compared = config
  compared.baseline = try audit(model, on: reference, config, learner)
  return try audit(model, on: dataset, compared, learner)
}

/// The audit of a dataset that has all needed columns.
///
/// - Parameters:
///   - classes: the classes of the labels if there is no model.
///   - origin: the dataset from which `dataset` was computed.
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
  // Otherwise there are no decisions, or no measures by group are requested: only the analyses are run.
  let isMeasured = config.analyses.isEmpty || isDecided && !config.hasAnalysesAlone
  let measured =
    try isMeasured
    ? MeasuredRows(model, dataset, data, config, classes, threshold: threshold, since: baseline)
    : MeasuredRows(unmeasured: dataset, model, data, config, classes)
  var report = measured.report
  if !config.analyses.isEmpty {
    var rows = try measured.analysed(dataset, data, config, model, threshold)
    rows.statedThreshold = config.threshold
    rows.selection = config.selection
    rows.learner = learner
    let (sections, notes) = try config.analyses.sections(rows)
    for section in sections { report = report.adding(section.key, section.value) }
    report = report.adding("notes", .array((report["notes"]?.array ?? []) + notes.map { .string($0) }))
  }
  if let model { report = report.addingUnseen(try model.unseenCategories(in: dataset, config.unseen)) }
  // The earlier report is not included, or reports would contain ever more reports.
  config.baseline = .null
  report = report.adding(
    "provenance",
    try provenance(config: config.encoded, dataset: origin ?? dataset, base: model?.provenance ?? .null))
  return try baseline.map { try AuditConfig.compared(report, with: $0) } ?? report
}

/// The labels, the scores and the measured part of the report, before the analyses.
private struct MeasuredRows {
  let report: JSONValue
  /// nil if the rows have none.
  let labels: Labels?
  /// nil without a model.
  let decided: DecidedRows?
  /// The rows with an answer; nil: all.
  private var answered: [Int]?

  /// Measures rows by groups.
  ///
  /// - Parameter earlier: the report with which the audit is compared.
  init(
    _ model: Model?, _ dataset: Dataset, _ data: DataConfig, _ config: AuditConfig, _ classes: [String],
    threshold: Double?, since earlier: JSONValue?
  ) throws {
    let evaluation = try Evaluation(
      dataset, data, config.selection, task: config.task, model: model, classes: classes)
    labels = evaluation.hasLabels ? evaluation.labels : nil
    var result: AuditResult
    if let model {
      try requireScores(of: model, fit: evaluation.labels)
      let inputs = try model.inputs(of: dataset, include: data.include, data: data)
      let task = evaluation.labels.task
      let found = try model.decided(
        model.scores(inputs, task: task), of: dataset, task: task, threshold: config.threshold)
      decided = found
      answered = found.answered
      result = try evaluation.audit(found)
      try evaluation.addCoverage(of: model, found.scores, dataset, to: &result)
    } else {
      decided = nil
      result = try evaluation.audit(decisionsOf: dataset, data, threshold: threshold)
      if evaluation.hasLabels { answered = try Self.predicted(dataset, data) }
    }
    var report = try config.judged(result)
    if config.selection.curves { report = result.addingCurves(to: report) }
    if config.profile {
      report = try Profile(dataset, data, evaluation, decided?.scores).added(to: report, since: earlier)
    }
    self.report = report
  }

  /// The rows of which another system has a decision, where rows may have none; nil: all.
  private static func predicted(_ dataset: Dataset, _ data: DataConfig) throws -> [Int]? {
    guard data.missingPredictions == .abstained, let name = data.prediction else { return nil }
    let column = try dataset.column(name)
    return column.missingCount > 0 ? (0..<dataset.rows).filter { !column.isMissing($0) } : nil
  }

  /// The answered rows, for the analyses.
  func analysed(
    _ dataset: Dataset, _ data: DataConfig, _ config: AuditConfig, _ model: Model?, _ threshold: Double?
  ) throws -> AnalysisRows {
    guard let answered else {
      return try AnalysisRows(
        dataset, data, by: config.selection.by, labels: labels, model: model, decided: decided,
        threshold: threshold)
    }
    // The edges of quantiles are those of all rows.
    return try AnalysisRows(
      dataset.selecting(rows: answered), data.fixingQuantiles(in: dataset), by: config.selection.by,
      labels: labels?.selecting(rows: answered), model: model, decided: decided?.selecting(answered),
      threshold: threshold)
  }

  /// Reads rows for the analyses only.
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
    decided = try model.map {
      let scores = try $0.scores($0.inputs(of: dataset, include: data.include, data: data), task: $0.task)
      return try $0.decided(scores, of: dataset, task: $0.task, threshold: config.threshold)
    }
    answered = decided?.answered
    report = ["kind": "audit", "version": 1, "rows": .integer(dataset.rows), "notes": []]
  }
}

extension AuditConfig {
  /// Whether only the analyses are requested: there are no labels, no metrics are listed and there is no
  /// policy.
  fileprivate var hasAnalysesAlone: Bool {
    data?.label == nil && selection.policy == nil && selection.metrics.isEmpty
  }
}

/// - Throws: `invalidConfig` if the model's outputs cannot be scores for the labels.
func requireScores(of model: Model, fit labels: Labels) throws {
  let width = try model.scorer.scoring(for: labels.task).width
  guard labels.task.fits(outputs: width) else {
    throw Failure.invalidConfig(
      "the model has \(width) outputs, which does not fit a \(labels.task.name) label"
        + (labels.classes.isEmpty ? "" : " of \(labels.classes.count) classes"), at: "/task")
  }
}

/// The origin of a report: configuration, data and software.
///
/// - Parameter validation: the validation rows of a tuning; nil if there were none.
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
