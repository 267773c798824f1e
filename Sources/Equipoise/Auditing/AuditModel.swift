import Datasets
import Fairness
import Platform

/// Audits a model on a dataset, or another system's decisions that the dataset holds.
///
/// - Throws: `invalidConfig` when the configuration does not fit, `invalidData` when the rows do not.
public func audit(_ model: Model?, on dataset: Dataset, _ config: AuditConfig) throws -> JSONValue {
  var config = config
  guard let data = config.data ?? model?.data else {
    throw Failure.invalidConfig(
      "\"data\" is missing: the label and the sensitive columns are needed", at: "/data")
  }
  config.data = data
  if config.policy == nil, let model, model.policy != .null {
    config.policy = try PolicyConfig.decoded(model.policy, at: "/policy")
  }
  let evaluation = try Evaluation(
    dataset, data, config.selection, task: config.task, known: model?.task, classes: model?.classLabels ?? [])
  let result: AuditResult
  var scored: Buffer<Double>?
  if let model {
    try scores(of: model, fit: evaluation.labels)
    let inputs = try NetworkInputs(dataset, for: model, include: data.include)
    let scores = try model.scores(inputs, task: evaluation.labels.task)
    if config.profile, scores.count == dataset.rows {
      scored = try Buffer<Double>(count: scores.count, for: "scores")
      for row in 0..<scores.count { scored?.pointer[row] = Double(scores.pointer[row]) }
    }
    result = try evaluation.audit(scores, threshold: config.threshold ?? model.threshold)
  } else {
    result = try evaluation.audit(decisionsOf: dataset, data, threshold: config.threshold ?? 0.5)
    scored = config.profile ? try data.score.map { try dataset.column($0).doubles() } : nil
  }
  var report = result.json
  if let policy = config.policy {
    report = report.adding("verdict", try Verdict(policy.rules, on: result, at: "/policy/require").json)
  }
  let baseline = try config.earlierReport()
  let profile = config.profile ? Profile(dataset, data, evaluation, scores: scored) : nil
  if let profile { report = report.adding("profile", try profile.json()) }
  if let profile, let earlier = baseline?["profile"] {
    report = report.adding("drift", try profile.drift(since: earlier))
  }
  // A report of reports would grow without end.
  config.baseline = .null
  report = report.adding(
    "provenance", try provenance(config: config.encoded, dataset: dataset, base: model?.provenance ?? .null))
  if let baseline {
    report = report.adding(
      "changes", try AuditComparison.changes(from: baseline, to: report, at: "/baseline"))
    if baseline["provenance"]?["data_digest"] == report["provenance"]?["data_digest"] {
      report = report.adding(
        "notes",
        .array(
          (report["notes"]?.array ?? []) + [
            .string(
              "The baseline has the same rows; the tests of changes take them as independent, and so say less"
                + " than could be said.")
          ]))
    }
  }
  return report
}

extension AuditConfig {
  /// The report that the audit is compared with.
  ///
  /// - Throws: `io` or `invalidConfig` for a file that is no report.
  fileprivate func earlierReport() throws -> JSONValue? {
    guard baseline != .null else { return nil }
    guard baseline["kind"] == nil, let path = baseline["path"]?.string else { return baseline }
    let file = try MappedFile(path: path)
    do {
      return try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
    } catch let failure as Failure {
      throw Failure.invalidConfig("\"\(path)\" is not JSON: \(failure.message)", at: "/baseline/path")
    }
  }
}

/// - Throws: `invalidConfig` when the model's outputs cannot be scores for the labels.
private func scores(of model: Model, fit labels: Labels) throws {
  let (network, _) = try model.requireNetwork()
  let width = network.graph.outputWidth
  let fits =
    switch labels.task {
    case .binary: width <= 2
    case .multiclass(let classes): width == classes
    case .regression: width == 1
    }
  guard fits else {
    throw Failure.invalidConfig(
      "the model has \(width) outputs, which does not fit a \(labels.task.name) label"
        + (labels.classes.isEmpty ? "" : " of \(labels.classes.count) classes"), at: "/task")
  }
}

/// What made a report: configuration, data and software.
func provenance(config: JSONValue, dataset: Dataset, base: JSONValue = .null, seed: Int? = nil) throws
  -> JSONValue
{
  var members: [JSONValue.Member] = [
    .init("config", config), .init("data_digest", .string(try dataset.digest())),
    .init("library", .string(libraryVersion)),
  ]
  if let seed { members.append(.init("seed", .integer(seed))) }
  if base != .null { members.append(.init("base", base)) }
  return .object(members)
}

extension JSONValue {
  /// An object with one member more, at its end.
  func adding(_ key: String, _ value: JSONValue) -> JSONValue {
    .object((members ?? []).filter { $0.key != key } + [.init(key, value)])
  }
}
