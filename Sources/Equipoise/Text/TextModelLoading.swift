import Engine
import Fairness
import Formats
import Platform
import Tokenizers

extension Model {
  /// A directory as Hugging Face's tools write it: `config.json`, weights as safetensors, a tokenizer. One
  /// that this library saved has its record beside them.
  ///
  /// - Throws: `io`, `invalidModel`; `unsupported` naming what is not.
  static func loadHuggingFace(_ files: FileSet, _ options: LoadOptions) throws -> Model {
    let transformer = try Transformer(files: files)
    return try model(
      of: transformer, Tokenizer.load(files), record: ModelRecord.json(files), at: files.location, options
    ) { $0 }
  }

  /// A transformer from an ONNX file: with the tokenizer that this library put into the file, or else the one beside.
  static func model(
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
    return try model(of: transformer, tokenizer, record: noted(ModelRecord.key), at: path, options) { $0 }
  }

  /// - Parameters:
  ///   - record: what this library kept of the model, if it wrote it; `path` is where.
  ///   - adapt: gives the checkpoint's network its adapter.
  static func model(
    of transformer: Transformer, _ tokenizer: Tokenizer, record json: JSONValue?, at path: String,
    _ options: LoadOptions, adapt: (Graph) throws -> Graph
  ) throws -> Model {
    func network(_ head: TransformerHead) throws -> Network {
      var network = try transformer.network(head)
      network.graph = try adapt(network.graph)
      return options.applied(to: network)
    }
    let record = try json.map { try ModelRecord(json: $0, at: path) }
    if var record, record.embedding == nil, options.output != .logLikelihood {
      if let longTexts = options.longTexts { record.data?.longTexts = longTexts }
      let text = try TextModel(
        transformer, tokenizer, maximumLength: options.maximumLength, layers: record.layers,
        longTexts: options.longTexts ?? record.data?.longTexts)
      guard record.layers != nil else { return try record.model(try network(.own), text: text) }
      let plain = try transformer.network(.fresh(outputs: 1))
      return try record.model(options.applied(to: text.withLayers(plain, transformer)), text: text)
    }
    if options.output == .logLikelihood {
      let network = try TextModel.likelihoodNetwork(transformer, tokenizer)
      let text = try TextModel(
        transformer, tokenizer, maximumLength: options.maximumLength, longTexts: options.longTexts,
        measuresLikelihood: true)
      return try Model(
        .network(options.applied(to: network)), kind: transformer.config.modelType, text: text)
    }
    let text = try TextModel(
      transformer, tokenizer, maximumLength: options.maximumLength, embeds: !transformer.hasHead,
      normalizes: record?.embedding?.normalizes, longTexts: options.longTexts)
    guard transformer.hasHead else {
      let pooling = options.pooling ?? record?.embedding?.pooling ?? transformer.pooling
      let network = try network(.embedding(pooling.function))
      return try Model(.network(network), kind: transformer.config.modelType, text: text)
    }
    var network = try network(.own)
    let width = network.graph.outputWidth
    switch options.output {
    case .auto, .probabilities, .logLikelihood: break
    case .logits: network.link = .logits
    case .values: network.link = .identity
    }
    let task: Fairness.Task? =
      switch network.link {
      case .identity: options.output == .values ? .regression : nil
      case .sigmoid: width == 1 ? .binary : nil
      case .softmax, .logits: width <= 2 ? .binary : .multiclass(classes: width)
      }
    let labels = transformer.config.labels
    let hasSeveral = network.link == .sigmoid && width > 1
    return try Model(
      .network(network), kind: transformer.config.modelType, task: task,
      classLabels: task == nil && !hasSeveral || task == .regression
        ? [] : labels.count == max(width, 2) ? labels : (0..<max(width, 2)).map(String.init), text: text)
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

extension Model {
  /// How the tokens of a text become its vector; nil for a model that gives something else.
  var pooling: LoadOptions.Pooling? {
    guard text?.embeds == true, case .network(let network) = content,
      let last = network.graph.nodes.last?.operation as? TokenPooling
    else { return nil }
    return LoadOptions.Pooling.allCases.first { $0.function == last.function }
  }
}

extension Transformer {
  /// Whether sentence-transformers' own files say that embeddings are brought to length 1.
  var normalizesEmbeddings: Bool {
    guard files.contains("modules.json"), let json = try? files.json("modules.json") else { return false }
    return (json.array ?? []).contains { $0["type"]?.string?.hasSuffix(".Normalize") == true }
  }

  /// How sentence-transformers' own files say that tokens become one vector; the mean where there are none.
  var pooling: LoadOptions.Pooling {
    let name = "1_Pooling/config.json"
    guard files.contains(name), let json = try? files.json(name) else { return .mean }
    if json["pooling_mode_cls_token"]?.bool == true { return .first }
    if json["pooling_mode_max_tokens"]?.bool == true { return .maximum }
    if json["pooling_mode_lasttoken"]?.bool == true { return .last }
    return .mean
  }
}
