import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// A model: immutable, and safe to use from any number of threads. Tuning creates a new model.
///
/// A model consists of a reader (the inputs), a scorer (the computation of scores), a decision rule (from
/// scores to decisions) and a record (the meaning of columns and classes, and the model's origin). All
/// operations go through these four parts.
public final class Model: @unchecked Sendable {
  package let reader: any ModelKind
  package let scorer: any Scorer
  package let decision: DecisionRule
  package let record: ModelRecord
  package let answer: ModelAnswer

  /// The files from which the model was loaded; set once, during creation.
  var files: [FileSet.Opened] = []
  /// The policy's verdict on the audit after tuning; null if there was none. Set once, during creation.
  package private(set) var verdict: JSONValue = .null
  /// The reason why the model must not serve; nil if it may.
  private var servingRefusal: Failure?

  /// The number of numbers per row of `eqp_predict_f32`: raw columns, or the network's inputs if it has no
  /// encoder.
  public let featureCount: Int
  /// The number of scores per row: one probability for a binary task, one per class, or one value.
  public let scoreCount: Int

  package init(reader: any ModelKind, scorer: any Scorer, _ record: ModelRecord) throws {
    self.reader = reader
    self.scorer = scorer
    self.record = record
    decision = DecisionRule(threshold: record.threshold, adjustments: record.adjustments.deciding)
    featureCount = reader.featureCount
    scoreCount = scorer.count
    answer =
      scorer.isTrained ? reader.answer(task: record.task, try scorer.scoring(for: record.task)) : .rows
    try judge(.null)
  }

  /// A model with a single network.
  package convenience init(_ network: Network, reader: any ModelKind, _ record: ModelRecord) throws {
    var network = network
    if case .multiclass? = record.task { network = network.withJoinedClasses() }
    let scorer = try SingleNetwork(network, task: record.task, reader: reader)
    try self.init(reader: reader, scorer: scorer, record)
  }

  /// A model with several networks.
  package convenience init(_ mixture: NetworkMixture, reader: any ModelKind, _ record: ModelRecord) throws {
    let scorer = try MixtureScorer(mixture, task: record.task, reader: reader)
    try self.init(reader: reader, scorer: scorer, record)
  }

  /// "mlp", "logistic", "onnx", "xgboost", "lightgbm", "libsvm", or the type of a checkpoint.
  public var kind: String { record.kind }
  /// The meaning of the columns in the training data.
  public var data: DataConfig? { record.data }
  /// nil if only labels can tell: a network with a linear last layer may be a classifier or a regression.
  public var task: Fairness.Task? { record.task }
  /// The labels of the classes, in the order of the network's outputs.
  public var classLabels: [String] { record.classLabels }
  /// The smallest probability of a positive decision.
  public var threshold: Double { record.threshold }
  /// Changes of scores and decisions that were learnt after training.
  package var adjustments: ModelAdjustments { record.adjustments }
  /// The policy as in a configuration; null: none.
  public var policy: JSONValue { record.policy }
  /// The columns that the model reads, in order.
  public var inputNames: [String] { reader.inputNames }
  /// Whether the model has weights; otherwise it is an architecture.
  public var isTrained: Bool { scorer.isTrained }

  /// The model's network.
  ///
  /// - Throws: `invalidArgument` for a model without weights.
  public func requireNetwork() throws -> (network: Network, predictor: Predictor) {
    try scorer.soleNetwork()
  }

  // MARK: Policy

  /// Stores the verdict on the model; the gates of its policy use it from then on.
  ///
  /// - Throws: `invalidModel` for an invalid policy.
  package func judge(_ verdict: JSONValue) throws {
    self.verdict = verdict
    servingRefusal = try PolicyGate.refusal(.serve, policy: policy, verdict: verdict)
  }

  /// - Throws: `refused` (location: the rule) if the model's policy forbids serving.
  @inline(__always)
  package func requireServing() throws {
    if let servingRefusal { throw servingRefusal }
  }

  // MARK: Origin

  /// The origin of the model: the record of its tuning, the files from which it was loaded, and the digest of
  /// its weights; null for an untrained model.
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
