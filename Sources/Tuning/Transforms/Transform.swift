import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform
import Transforms

/// Steps fitted to training rows, which can be applied to other rows. Immutable; safe to share between
/// threads.
public final class Transform {
  private let config: TransformConfig
  /// The column for learnt weights.
  private let weight: String
  /// The task of the labels; nil: the rows have none.
  private let task: Fairness.Task?
  private let classes: [String]
  private let pipeline: Pipeline

  private init(
    _ config: TransformConfig, weight: String, task: Fairness.Task?, classes: [String], _ pipeline: Pipeline
  ) {
    self.config = config
    self.weight = weight
    self.task = task
    self.classes = classes
    self.pipeline = pipeline
  }

  /// Fits the steps of a configuration to rows.
  ///
  /// - Parameter reporting: whether to write the report; otherwise it is null.
  /// - Returns: the transform, the rows as the steps leave them, and the report.
  /// - Throws: `invalidConfig` (location: a pointer), `invalidData`, `unsupported`, `cancelled`, `outOfMemory`.
  public static func fit(_ rows: Dataset, _ config: TransformConfig, reporting: Bool = true) throws -> (
    transform: Transform, rows: Dataset, report: JSONValue
  ) {
    guard !config.steps.isEmpty else {
      throw Failure.invalidConfig("no step is named; at least one is needed", at: "/steps")
    }
    var config = config
    for (index, column) in config.data.sensitive.enumerated() where column.lexicon.isEmpty {
      guard !rows.contains(column.name) else { continue }
      throw Failure.invalidConfig(
        "\"\(column.name)\" is not a column\(Suggestion.phrase(for: column.name, among: rows.names))",
        at: "/data/sensitive/\(index)")
    }
    try Memory.requireRoom(forRows: rows.rows, for: "rows of a transform")
    let (labelled, withoutLabel) = try rows.leavingOutUnlabelled(config.data)
    let (learnt, data) = try labelled.addingLexicons(config.data)
    config.data = try data.fixingQuantiles(in: learnt)
    let labels = try config.data.label.map { _ in
      try Labels(learnt, config.data, choice: config.task, known: nil)
    }
    let weight = config.data.learntWeightColumn(in: learnt)
    var changed = try TransformRows(learnt, config.data, labels: labels, weight: weight)
    let (pipeline, entries) = try Pipeline.fit(
      config.steps, &changed, seed: config.seed, at: "/steps", reporting: reporting)
    let transform = Transform(
      config, weight: weight, task: labels?.task, classes: labels?.classes ?? [], pipeline)
    let result = try changed.finished().withoutLexicons(of: config.data)
    guard reporting else { return (transform, result, .null) }
    let report: JSONValue = [
      "kind": "transform", "version": 1,
      "rows": ["before": .integer(learnt.rows), "after": .integer(result.rows)],
      "weight": changed.hasNewWeights ? .string(weight) : .null, "steps": .array(entries),
      "notes": .strings(labels?.readings ?? []),
      "provenance": try provenance(config: config.encoded, dataset: rows, seed: config.seed),
    ]
    return (transform, result, report.countingUnlabelled(withoutLabel))
  }

  /// Applies the fitted steps to other rows; the number and the order of rows stay the same. Weights are
  /// added if the rows have labels.
  ///
  /// - Throws: `invalidData` for rows that lack a column that a step needs; `cancelled`, `outOfMemory`.
  public func apply(_ rows: Dataset) throws -> Dataset {
    try Memory.requireRoom(forRows: rows.rows, for: "rows of a transform")
    let (labelled, _) = try rows.addingLexicons(config.data)
    var data = config.data
    if let name = data.weight, !labelled.contains(name) { data.weight = nil }
    var labels: Labels?
    if let name = data.label, labelled.contains(name), labelled.rows > 0 {
      var reading = Labels.Reading()
      (reading.isModel, reading.mayLackPositive) = (false, true)
      labels = try Labels(
        labelled, data, choice: config.task, known: task, classes: classes, reading: reading)
    }
    var changed = try TransformRows(labelled, data, labels: labels, weight: weight)
    try pipeline.apply(&changed)
    return try changed.finished().withoutLexicons(of: config.data)
  }

  /// Describes the steps and their fitted parameters.
  public func describe() -> JSONValue {
    [
      "kind": "transform", "version": 1, "library": .string(libraryVersion),
      "task": .string(task?.name ?? ""),
      "classes": .strings(classes), "data": config.data.encoded, "weight": .string(weight),
      "steps": pipeline.description,
    ]
  }

  // MARK: Saving

  private static let mark = "equipoise transform 1"

  /// The complete state with a digest; another process can apply the transform.
  public func save() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(Self.mark)
    writer.write(config.encoded.text())
    writer.write(weight)
    writer.write(task?.name ?? "")
    writer.write(classes)
    pipeline.write(to: &writer)
    return SealedBytes.seal(writer)
  }

  /// - Throws: `integrity` if the bytes were changed or truncated; `invalidData` with the byte offset if they
  ///   are not a saved transform.
  public convenience init(restoring bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(
      try SealedBytes.open(bytes, what: "transform", article: "a"), what: "transform")
    guard try reader.text() == Self.mark else { throw reader.malformed("not a transform of this version") }
    let config = try TransformConfig(json: reader.text())
    let weight = try reader.text()
    guard !weight.utf8.contains(0) else { throw reader.malformed("the weights' column has no name") }
    let name = try reader.text()
    let classes = try reader.texts()
    let task: Fairness.Task?
    switch name {
    case "": task = nil
    case "binary" where classes.count == 2: task = .binary
    case "multiclass" where !classes.isEmpty: task = .multiclass(classes: classes.count)
    case "regression": task = .regression
    default: throw reader.malformed("\"\(name)\" of \(classes.count) classes is not a task")
    }
    let pipeline = try Pipeline(from: &reader)
    guard reader.isAtEnd else { throw reader.malformed("something follows the transform") }
    self.init(config, weight: weight, task: task, classes: classes, pipeline)
  }
}

extension Dataset {
  /// The dataset without the columns that lexicons added.
  fileprivate func withoutLexicons(of data: DataConfig) throws -> Dataset {
    let made = Set(data.sensitive.filter { !$0.lexicon.isEmpty }.map(\.name))
    return made.isEmpty ? self : try Dataset(columns.filter { !made.contains($0.name) })
  }
}
