import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// A model: immutable, and safe to use from any number of threads. Tuning makes a new one.
///
/// It is a reader (what inputs are), a scorer (what is computed of them), a decision (what becomes of scores) and a record
/// (what columns and classes mean, and where all that came from). Every verb goes through these and asks nothing else.
public final class Model: @unchecked Sendable {
  package let reader: any ModelKind
  package let scorer: any Scorer
  package let decision: DecisionRule
  let record: ModelRecord
  package let answer: ModelAnswer

  /// The files that it was read from; set once, while it is made.
  var files: [FileSet.Opened] = []
  /// The verdict of the policy on the tuning's audit; null where it was not judged. Set once, while the model is made.
  package private(set) var verdict: JSONValue = .null
  /// Why the model may not predict for others; nil: it may.
  private var servingRefusal: Failure?

  /// Numbers a row of `eqp_predict_f32`: raw columns, or the network's inputs when it has no encoder.
  public let featureCount: Int
  /// Scores a row: one probability for a binary task, one for each class, or one value.
  public let scoreCount: Int

  package init(reader: any ModelKind, scorer: any Scorer, _ record: ModelRecord) throws {
    self.reader = reader
    self.scorer = scorer
    self.record = record
    decision = DecisionRule(threshold: record.threshold)
    featureCount = reader.featureCount
    scoreCount = scorer.count
    answer =
      scorer.isTrained ? reader.answer(task: record.task, try scorer.scoring(for: record.task)) : .rows
    try judge(.null)
  }

  /// A model of one network.
  package convenience init(_ network: Network, reader: any ModelKind, _ record: ModelRecord) throws {
    let scorer = try SingleNetwork(network, task: record.task, reader: reader)
    try self.init(reader: reader, scorer: scorer, record)
  }

  /// "mlp", "logistic", "onnx", "xgboost", "lightgbm", "libsvm", or a checkpoint's type.
  public var kind: String { record.kind }
  /// What the columns of the data mean, as tuning was told.
  public var data: DataConfig? { record.data }
  /// nil until a label tells: a network whose last layer is linear may be either.
  public var task: Fairness.Task? { record.task }
  /// The labels that the classes stand for, in the order of the network's outputs.
  public var classLabels: [String] { record.classLabels }
  /// The probability from which the decision is positive.
  public var threshold: Double { record.threshold }
  public var policy: JSONValue { record.policy }
  /// The columns that the model reads, in order.
  public var inputNames: [String] { reader.inputNames }
  /// Whether there are weights; else the model is an architecture that still waits for data.
  public var isTrained: Bool { scorer.isTrained }

  /// The network that the model computes.
  ///
  /// - Throws: `invalidArgument` for a model that is still without weights.
  public func requireNetwork() throws -> (network: Network, predictor: Predictor) {
    try scorer.soleNetwork()
  }

  // MARK: Policy

  /// Takes the verdict on the model, by which the gates of its policy go from then on.
  ///
  /// - Throws: `invalidModel` for a policy that is none.
  package func judge(_ verdict: JSONValue) throws {
    self.verdict = verdict
    servingRefusal = try PolicyGate.refusal(.serve, policy: policy, verdict: verdict)
  }

  /// - Throws: `refused` (location: the rule) when the model's policy forbids it to serve.
  @inline(__always)
  package func requireServing() throws {
    if let servingRefusal { throw servingRefusal }
  }

  // MARK: Origin

  /// Where the model came from: what was recorded of its tuning, the files that it was read from, and the digest of
  /// its weights; null for an untrained one.
  public var provenance: JSONValue {
    guard let digest = scorer.weightsDigest else { return record.provenance }
    var members = (record.provenance.members ?? []).filter { $0.key != "weights_digest" }
    if !files.isEmpty {
      members.removeAll { $0.key == "files" }
      let read = files.map { file -> JSONValue in
        ["name": .string(file.name), "bytes": .integer(file.bytes), "digest": .string(file.digest)]
      }
      members.append(.init("files", .array(read)))
    }
    members.append(.init("weights_digest", .string(digest)))
    return .object(members)
  }
}
