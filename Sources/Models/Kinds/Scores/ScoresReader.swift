import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// Reads the scores of another system from a column.
package final class ScoresReader: ModelKind {
  package static let name = "scores"
  package static let recordedKeys: Set<String> = ["column", "probabilities"]

  private let column: String
  /// Whether the scores must be probabilities.
  private let areProbabilities: Bool

  package init(column: String, areProbabilities: Bool) {
    (self.column, self.areProbabilities) = (column, areProbabilities)
  }

  package var inputNames: [String] { [column] }
  package var featureCount: Int { 1 }
  package var describedInputs: [JSONValue] { [["name": .string(column), "kind": "number", "width": 1]] }
  package var recorded: [JSONValue.Member] {
    [.init("column", .string(column)), .init("probabilities", .bool(areProbabilities))]
  }

  package static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws
    -> any ModelKind
  {
    throw Failure.invalidModel("its record is of another system's scores, and there is a network")
  }

  package static func restored(_ recorded: JSONValue, _ record: ModelRecord) throws -> Model? {
    guard let column = recorded["column"]?.string, !column.isEmpty,
      let areProbabilities = recorded["probabilities"]?.bool, let task = record.task,
      task == .regression || task == .binary && record.classLabels.count == 2
    else { throw Failure.invalidModel("its record does not say what its scores are") }
    let reader = ScoresReader(column: column, areProbabilities: areProbabilities)
    return try Model(reader: reader, scorer: GivenScores(task, reader), record)
  }

  package func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs {
    let numbers = try dataset.column(column).numbers()
    for row in 0..<dataset.rows { try require(numbers.pointer[row], row: row) }
    return NetworkInputs(values: numbers, rows: dataset.rows, widths: [1])
  }

  func require(_ score: Float, row: Int) throws {
    guard score.isFinite else {
      throw Failure.invalidColumn(
        column, "row \(row): \(score.isNaN ? "a missing value" : "an infinite value") is not a score")
    }
    guard !areProbabilities || (0...1).contains(score) else {
      throw Failure.invalidColumn(
        column, "row \(row): \(score) is not a probability, which the model needs; 0 to 1 is accepted")
    }
  }

  package func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    throw Failure.internal("scores that a network reads")
  }

  // MARK: Tuning

  private static var refusal: Failure {
    .unsupported(
      "another system's scores have no weights that could be tuned; eqp_model_adjust changes scores and decisions",
      at: "base")
  }

  package func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest)
    throws -> TunableModel
  {
    throw Self.refusal
  }

  package func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
  {
    throw Self.refusal
  }

  // MARK: Saving

  package func format(_ asked: LoadOptions.Format, path: String, of model: Model) throws -> LoadOptions.Format
  {
    guard [.auto, .equipoise].contains(asked),
      !([".onnx", ".safetensors"] + NetworkFormat.all.flatMap(\.endings)).contains(
        where: path.lowercased().hasSuffix)
    else {
      throw Failure.unsupported(
        "a model of another system's scores has no network; a directory (a name without an ending) is accepted",
        at: asked == .auto ? path : "/format")
    }
    return .equipoise
  }

  package func write(
    _ model: Model, as format: LoadOptions.Format, _ options: SaveOptions, named name: String,
    to sink: any FileSink
  ) throws {
    try sink.prepare(marks: [RecordedModel.fileName], overwrites: options.overwrite) { _ in false }
    try sink.write(RecordedModel.fileName, RecordedModel.json(of: model).text(indented: true) + "\n")
  }
}

/// A scorer that returns the scores it is given.
package final class GivenScores: Scorer {
  private let kind: Scoring.Kind
  private let reader: ScoresReader

  package init(_ task: Fairness.Task, _ reader: ScoresReader) {
    kind = task == .regression ? .values : .positive
    self.reader = reader
  }

  package var isTrained: Bool { true }
  package var count: Int { 1 }
  package var networks: [Network] { [] }
  package var weightsDigest: String? { nil }

  package func scoring(for task: Fairness.Task?) throws -> Scoring { Scoring(kind, width: 1) }

  package func scores(of inputs: NetworkInputs, for task: Fairness.Task?, _ form: ScoreForm, outside: Int)
    throws -> Buffer<Float>
  {
    guard form == .scores || kind == .values else {
      throw Failure.unsupported(
        "another system's scores have no logits; \"score\" is accepted", at: "/output")
    }
    return inputs.values
  }

  package func score(
    features: UnsafePointer<Float>, rows: Int, by reader: any InputReader,
    into scores: UnsafeMutablePointer<Float>
  ) throws {
    for row in 0..<rows {
      try self.reader.require(features[row], row: row)
      scores[row] = features[row]
    }
  }

  package func score(texts: TokenRows, into scores: UnsafeMutablePointer<Float>) throws {
    throw Failure.internal("scores of texts")
  }

  package func soleNetwork() throws -> (network: Network, predictor: Predictor) {
    throw Failure.unsupported("the model has another system's scores and no network", at: "model")
  }

  package func described(reading reader: any InputReader) -> [JSONValue.Member] {
    [
      .init("trained", true), .init("parameter_count", 0), .init("features", 1), .init("scores", 1),
      .init("inputs", .array(reader.describedInputs)),
    ]
  }
}
