import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// Reads texts, or pairs of them, as tokens.
package final class TextReader: ModelKind, @unchecked Sendable {
  package static let name = "texts"
  package static let recordedKeys = RecordedTexts.keys

  package let text: TextModel
  /// The graph of the network for which it reads.
  package let graph: Graph
  /// The meaning of the columns in the training data.
  private let data: DataConfig?
  package let describedInputs: [JSONValue]
  private let serving: Result<TextModel.Serving, any Error>
  private let memories = TextMemoryPool()

  init(_ text: TextModel, _ network: Network, _ data: DataConfig? = nil) {
    self.text = text
    self.data = data
    graph = network.graph
    describedInputs = network.plainInputs.map(\.json)
    serving = Result { try text.serving(network.graph) }
  }

  package static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws
    -> any ModelKind
  {
    throw Failure.invalidModel("its record is a text model's, but there is no tokenizer next to it")
  }

  package var medium: InputMedium { .texts }
  package var inputNames: [String] { [data?.text, data?.textPair].compactMap { $0 } }
  package var featureCount: Int { 0 }
  package var longestText: Int { text.maximumLength }
  package var possibleAnswers: Set<ModelAnswer> { [.rows, .labels, .words] }

  package var recorded: [JSONValue.Member] {
    RecordedTexts(
      layers: text.layers, embedding: graph.embeddingPooling(text).map { ($0, text.normalizes) }
    ).members
  }

  package func answer(task: Fairness.Task?, _ scoring: Scoring) -> ModelAnswer {
    if text.embeds { return .vectors }
    if graph.outputLines == .tokens { return .words }
    return task == nil && scoring.kind == .independent ? .labels : .rows
  }

  package func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs {
    try inputs(of: dataset, data ?? self.data)
  }

  /// - Parameter isTraining: whether long texts are truncated, regardless of their treatment in prediction.
  package func inputs(of dataset: Dataset, _ data: DataConfig?, isTraining: Bool = false) throws
    -> NetworkInputs
  {
    guard graph.outputLines == .tokens else {
      return try NetworkInputs(tokens: text.rows(of: dataset, data, graph: graph, isTraining: isTraining))
    }
    let tagged = try text.taggedTexts(of: dataset, data, graph: graph, isTraining: isTraining)
    return try NetworkInputs(tokens: tagged.tokens, tagged: tagged)
  }

  package func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    throw Failure.invalidArgument(
      "the model reads texts; eqp_predict and eqp_predict_text take them", at: "model")
  }

  package func requireTexts() throws -> TextReader { self }

  /// Calls `body` with the tokens of texts from the host, which are valid during the call. If earlier calls had as many
  /// and as long texts, nothing is allocated.
  ///
  /// - Throws: the error of `body`; `invalidData` (location: the row) for a text that is NULL or not UTF-8.
  package func withTokens(
    of texts: UnsafePointer<UnsafePointer<CChar>?>, count: Int, _ body: (TokenRows) throws -> Void
  ) throws {
    let serving = try serving.get()
    try memories.withMemory { memory in
      let block = try memory.copy(texts, count: count)
      try body(text.rows(block, graph: graph, serving, in: memory))
    }
  }
}

/// The part of a text model's record that the checkpoint's own files do not contain.
package struct RecordedTexts {
  static let keys: Set<String> = ["layers", "embedding"]

  /// Layers of the head that the checkpoint's own format cannot store.
  package var layers: HeadConfig?
  /// For a model that gives text vectors: the pooling, and whether vectors are normalized to length 1.
  package var embedding: (pooling: LoadOptions.Pooling, normalizes: Bool)?

  init(layers: HeadConfig?, embedding: (pooling: LoadOptions.Pooling, normalizes: Bool)?) {
    self.layers = layers
    self.embedding = embedding
  }

  /// - Throws: `invalidConfig` for invalid layers.
  init(_ recorded: JSONValue) throws {
    layers = try recorded["layers"].flatMap {
      $0 == .null ? nil : try HeadConfig.decoded($0, at: "/layers")
    }
    embedding = recorded["embedding"]?["pooling"]?.string.flatMap(LoadOptions.Pooling.init).map {
      ($0, recorded["embedding"]?["normalizes"]?.bool ?? false)
    }
  }

  package var members: [JSONValue.Member] {
    [
      .init("layers", layers?.encoded ?? .null),
      .init(
        "embedding",
        embedding.map { ["pooling": .string($0.pooling.rawValue), "normalizes": .bool($0.normalizes)] }
          ?? .null),
    ]
  }
}
