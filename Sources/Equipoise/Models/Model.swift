import Datasets
import Engine
import Fairness
import Formats
import Platform

/// A model: immutable, and safe to use from any number of threads. Tuning makes a new one.
public final class Model: @unchecked Sendable {
  /// What the model is made of: an architecture that still waits for data, or a network.
  public enum Content {
    case untrained(ArchitectureConfig)
    case network(Network)
  }

  public let content: Content
  /// "mlp", "logistic", "onnx", "xgboost", "lightgbm", "libsvm".
  public let kind: String
  /// How raw columns become the network's inputs; nil: the inputs are the network's own.
  public let encoder: TableEncoder?
  /// What the columns of the data mean, as tuning was told.
  public let data: DataConfig?
  /// nil until a label tells: a network whose last layer is linear may be either.
  public let task: Fairness.Task?
  /// The labels that the classes stand for, in the order of the network's outputs.
  public let classLabels: [String]
  public let threshold: Double
  public let policy: JSONValue
  /// What was written of where the model came from, when it was tuned or saved.
  let recordedProvenance: JSONValue
  /// The files that it was read from; set once, while it is made.
  var files: [FileSet.Opened] = []
  /// The verdict of the policy on the tuning's audit; null where it was not judged. Set once, while the model is made.
  private(set) var verdict: JSONValue = .null
  /// Why the model may not predict for others; nil: it may.
  private var servingRefusal: Failure?
  private let lock = Lock()
  private var cachedWeightsDigest: String?
  /// How texts become the network's inputs; nil for other models.
  public let text: TextModel?
  let predictor: Predictor?
  /// How outputs become scores; and the numbers a row takes, which a prediction should not count again.
  let scoring: Scoring?
  /// Whether a number may be missing (NaN) where there is no encoder: trees know where such rows go.
  let takesMissing: Bool

  public init(
    _ content: Content, kind: String, encoder: TableEncoder? = nil, data: DataConfig? = nil,
    task: Fairness.Task? = nil, classLabels: [String] = [], threshold: Double = 0.5,
    policy: JSONValue = .null,
    provenance: JSONValue = .null, text: TextModel? = nil
  ) throws {
    self.content = content
    self.kind = kind
    self.encoder = encoder
    self.data = data
    self.task = task
    self.classLabels = classLabels
    self.threshold = threshold
    self.policy = policy
    recordedProvenance = provenance
    self.text = text
    if case .network(let network) = content {
      predictor = try Predictor(network.graph, longestText: text?.maximumLength ?? 0)
      takesMissing = network.graph.takesMissing
      scoring = Scoring(network: network, task: task)
      featureCount = text == nil ? encoder?.slots.count ?? network.graph.inputWidth : 0
      if let encoder, encoder.width != network.graph.inputWidth {
        throw Failure.invalidModel(
          "the encoder gives \(encoder.width) inputs and the network takes \(network.graph.inputWidth)")
      }
    } else {
      predictor = nil
      takesMissing = false
      scoring = nil
      featureCount = encoder?.slots.count ?? 0
    }
    try judge(.null)
  }

  /// Takes the verdict on the model, by which the gates of its policy go from then on.
  ///
  /// - Throws: `invalidModel` for a policy that is none.
  func judge(_ verdict: JSONValue) throws {
    self.verdict = verdict
    servingRefusal = try PolicyGate.refusal(.serve, policy: policy, verdict: verdict)
  }

  /// - Throws: `refused` (location: the rule) when the model's policy forbids it to serve.
  @inline(__always)
  func requireServing() throws {
    if let servingRefusal { throw servingRefusal }
  }

  /// Where the model came from: what was recorded of its tuning, the files that it was read from, and the digest of
  /// its weights; null for an untrained one.
  public var provenance: JSONValue {
    guard case .network = content else { return recordedProvenance }
    var members = (recordedProvenance.members ?? []).filter { $0.key != "weights_digest" }
    if !files.isEmpty {
      members.removeAll { $0.key == "files" }
      let read = files.map { file -> JSONValue in
        ["name": .string(file.name), "bytes": .integer(file.bytes), "digest": .string(file.digest)]
      }
      members.append(.init("files", .array(read)))
    }
    members.append(.init("weights_digest", .string(weightsDigest)))
    return .object(members)
  }

  /// BLAKE2b-256 of every parameter's name, shape and values, in order; found once, then kept.
  public var weightsDigest: String {
    lock.withLock {
      if let cachedWeightsDigest { return cachedWeightsDigest }
      let digest = Digest()
      if case .network(let network) = content {
        for tensor in network.graph.parameters {
          digest.update("\(tensor.name)\u{0}\(tensor.shape)\u{0}")
          withExtendedLifetime(tensor.values) {
            digest.update(UnsafeRawBufferPointer(tensor.values.elements))
          }
          tensor.values.releasePages()
        }
      }
      let found = digest.finish()
      cachedWeightsDigest = found
      return found
    }
  }

  /// - Throws: `invalidArgument` for a model that is still without weights.
  public func requireNetwork() throws -> (network: Network, predictor: Predictor) {
    guard case .network(let network) = content else { throw Self.untrained }
    return (network, try requirePredictor().predictor)
  }

  /// What a prediction needs, without the network: copying it would take longer than a row.
  func requirePredictor() throws -> (predictor: Predictor, scoring: Scoring) {
    guard let predictor, let scoring else { throw Self.untrained }
    return (predictor, scoring)
  }

  /// Whether the model is an architecture that still waits for data.
  var isUntrained: Bool {
    if case .untrained = content { true } else { false }
  }

  private static var untrained: Failure {
    .invalidArgument(
      "the model is untrained: eqp_finetune gives it weights, and then it predicts", at: "model")
  }

  /// The columns that the model reads, in order.
  public var inputNames: [String] {
    if let encoder { return encoder.inputNames }
    if text != nil { return [data?.text, data?.textPair].compactMap { $0 } }
    if let data, !data.include.isEmpty { return data.include }
    guard case .network(let network) = content else { return [] }
    if !network.columns.isEmpty { return network.columns }
    // One input a column names the columns; a single wide one does not.
    return network.graph.inputs.allSatisfy { network.graph[$0].shape.count == 1 }
      ? network.inputs.map(\.name) : []
  }

  /// Numbers a row of `eqp_predict_f32`: raw columns, or the network's inputs when it has no encoder.
  public let featureCount: Int

  /// Scores a row: one probability for a binary task, one for each class, or one value.
  public var scoreCount: Int {
    scoring?.count ?? 0
  }
}
