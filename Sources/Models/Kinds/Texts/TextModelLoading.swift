import Configurations
import Engine
import Fairness
import Formats
import Platform
import Tokenizers

extension Model {
  /// Loads a directory in Hugging Face's format: `config.json`, weights as safetensors, a tokenizer. A
  /// directory that this library saved also has its record.
  ///
  /// - Throws: `io`, `invalidModel`; `unsupported` with the name of the unsupported feature.
  static func loadHuggingFace(_ files: FileSet, _ options: LoadOptions) throws -> Model {
    let transformer = try Transformer(files: files)
    return try model(
      of: transformer, Tokenizer.load(files), record: RecordedModel.json(files), at: files.location, options
    ) { $0 }
  }

  /// A transformer from an ONNX file, with the tokenizer stored in the file by this library, or otherwise the
  /// one in its directory.
  package static func model(
    of transformer: Transformer, metadata: [(key: String, value: String)], path: String,
    _ options: LoadOptions
  ) throws -> Model {
    func noted(_ key: String) throws -> JSONValue? {
      try metadata.first { $0.key == key }.map { try JSONValue.parse($0.value, failing: .invalidModel) }
    }
    let tokenizer: Tokenizer
    if let files = try noted(TextModel.tokenizerKey)?.members {
      tokenizer = try Tokenizer.load(
        files: files.map {
          try TokenizerFile(name: $0.key, bytes: Buffer(copying: Array(($0.value.string ?? "").utf8)))
        })
    } else {
      tokenizer = try Tokenizer.load(transformer.files)
    }
    return try model(of: transformer, tokenizer, record: noted(RecordedModel.key), at: path, options) { $0 }
  }

  /// - Parameters:
  ///   - record: the model's record, if this library wrote the model; `path` is its location.
  ///   - adapt: adds adapters to the checkpoint's network.
  package static func model(
    of transformer: Transformer, _ tokenizer: Tokenizer, record json: JSONValue?, at path: String,
    _ options: LoadOptions, adapt: (Graph) throws -> Graph
  ) throws -> Model {
    func network(_ head: TransformerHead) throws -> Network {
      var network = try transformer.network(head)
      network.graph = try adapt(network.graph)
      return try options.applied(to: network)
    }
    let recorded = try json.map { try RecordedModel(json: $0, at: path) }
    let own = try recorded.map { try $0.texts(at: path) }
    if var recorded, own?.embedding == nil, options.output != .logLikelihood {
      if let longTexts = options.longTexts { recorded.record.data?.longTexts = longTexts }
      let text = try TextModel(
        transformer, tokenizer, maximumLength: options.maximumLength, layers: own?.layers,
        longTexts: options.longTexts ?? recorded.record.data?.longTexts)
      let network =
        try text.layers == nil
        ? network(.own)
        : options.applied(to: text.withLayers(transformer.network(.fresh(outputs: 1)), transformer))
      let described = try recorded.described(network)
      return try recorded.model(described, reader: TextReader(text, described, recorded.record.data))
    }
    if options.output == .logLikelihood {
      let text = try TextModel(
        transformer, tokenizer, maximumLength: options.maximumLength, longTexts: options.longTexts,
        measuresLikelihood: true)
      let network = try options.applied(to: TextModel.likelihoodNetwork(transformer, tokenizer))
      return try unrecorded(network, text)
    }
    let text = try TextModel(
      transformer, tokenizer, maximumLength: options.maximumLength, embeds: !transformer.hasHead,
      normalizes: own?.embedding?.normalizes, longTexts: options.longTexts)
    guard transformer.hasHead else {
      let pooling = options.pooling ?? own?.embedding?.pooling ?? transformer.pooling
      return try unrecorded(network(.embedding(pooling.function)), text)
    }
    return try classifier(network(.own), text, options)
  }

  /// A checkpoint with a head that another tool wrote.
  private static func classifier(_ network: Network, _ text: TextModel, _ options: LoadOptions) throws
    -> Model
  {
    var network = network
    switch options.output {
    case .auto, .probabilities, .logLikelihood: break
    case .logits: network.link = .logits
    case .values: network.link = .identity
    }
    let width = network.graph.outputWidth
    let task = Fairness.Task(outputs: width, link: network.link, isRegression: options.output == .values)
    let labels = text.transformer.config.labels
    let hasSeveral = network.link == .sigmoid && width > 1
    return try unrecorded(
      network, text, task: task,
      classLabels: task == nil && !hasSeveral || task == .regression
        ? [] : labels.count == max(width, 2) ? labels : (0..<max(width, 2)).map(String.init))
  }

  private static func unrecorded(
    _ network: Network, _ text: TextModel, task: Fairness.Task? = nil, classLabels: [String] = []
  ) throws -> Model {
    try Model(
      network, reader: TextReader(text, network),
      ModelRecord(kind: text.transformer.config.modelType, task: task, classLabels: classLabels))
  }
}

extension RecordedModel {
  /// The part of the record for text models.
  ///
  /// - Throws: `invalidModel` if it is damaged.
  fileprivate func texts(at path: String) throws -> RecordedTexts {
    do {
      return try RecordedTexts(reader)
    } catch let failure as Failure {
      throw Failure.invalidModel("its record is malformed: \(failure.message)", at: path)
    }
  }
}

extension LoadOptions.Pooling {
  var function: TokenPooling.Function {
    switch self {
    case .mean: .mean
    case .first: .first
    case .last: .last
    case .maximum: .maximum
    }
  }
}

extension Graph {
  /// How token vectors are pooled to the text's vector; nil for a model with another output.
  func embeddingPooling(_ text: TextModel) -> LoadOptions.Pooling? {
    guard text.embeds, let last = nodes.last?.operation as? TokenPooling else { return nil }
    return LoadOptions.Pooling.allCases.first { $0.function == last.function }
  }
}

extension Transformer {
  /// Whether the files of sentence-transformers request normalization of embeddings to length 1.
  var normalizesEmbeddings: Bool {
    guard files.contains("modules.json"), let json = try? files.json("modules.json") else { return false }
    return (json.array ?? []).contains { $0["type"]?.string?.hasSuffix(".Normalize") == true }
  }

  /// The pooling requested by the files of sentence-transformers; the mean if there are none.
  var pooling: LoadOptions.Pooling {
    let name = "1_Pooling/config.json"
    guard files.contains(name), let json = try? files.json(name) else { return .mean }
    if json["pooling_mode_cls_token"]?.bool == true { return .first }
    if json["pooling_mode_max_tokens"]?.bool == true { return .maximum }
    if json["pooling_mode_lasttoken"]?.bool == true { return .last }
    return .mean
  }
}
