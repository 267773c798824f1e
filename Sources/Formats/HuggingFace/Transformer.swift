import Engine
import Platform

/// Options for building a network from a checkpoint.
public struct TransformerOptions: Sendable {
  /// The rate of all dropouts; nil: as in the checkpoint.
  public var dropout: Float?
  /// The seed of a new head's weights.
  public var seed = 0

  public init(dropout: Float? = nil, seed: Int = 0) {
    self.dropout = dropout
    self.seed = seed
  }
}

/// The head of a network.
public enum TransformerHead: Sendable, Equatable {
  /// The checkpoint's head.
  case own
  /// A new head with this number of outputs per text.
  case fresh(outputs: Int)
  /// A new head with this number of outputs per token.
  case freshTags(outputs: Int)
  /// No head: one vector per text, pooled from the last hidden states of its tokens.
  case embedding(TokenPooling.Function)
}

/// A transformer's checkpoint in Hugging Face's format: its configuration and weights. A network is built
/// from it with the checkpoint's head, a new head, or none.
public struct Transformer: Sendable {
  public private(set) var config: TransformerConfig
  public private(set) var weights: TransformerWeights
  let family: TransformerFamily
  /// The files of the checkpoint, including the tokenizer's files.
  public let files: FileSet
  public var directory: String { files.location.isEmpty ? "." : files.location }

  /// - Throws: `io`, `invalidModel`; `unsupported` with the architecture.
  public init(directory: String) throws { try self.init(files: .directory(directory)) }

  /// The same for files that may be in memory.
  public init(files: FileSet) throws {
    let path = files.path(of: "config.json")
    let json: JSONValue
    do {
      json = try files.json("config.json")
    } catch let failure as Failure where failure.kind == .invalidModel {
      throw Failure(failure.kind, "\(path): \(failure.message)", at: path)
    }
    let config = TransformerConfig(json, path: path)
    // Reports an unsupported family before missing files.
    _ = try TransformerFamily.of(config)
    try self.init(config: config, weights: TransformerWeights(files: files), files: files)
  }

  /// - Parameter files: must include the tokenizer's files.
  init(config: TransformerConfig, weights: TransformerWeights, files: FileSet) throws {
    family = try TransformerFamily.of(config)
    self.config = config
    self.weights = weights
    self.files = files
  }

  /// The checkpoint reduced to its first layers.
  func truncated(toLayers layers: Int) -> Transformer {
    var copy = self
    let names = ["num_hidden_layers", "n_layers", "n_layer"]
    copy.config = TransformerConfig(
      .object(
        (config.json.members ?? []).map {
          names.contains($0.key) ? .init($0.key, .integer(Int64(clamping: layers))) : $0
        }), path: config.path)
    return copy
  }

  /// The prefix of the encoder's tensor names in a classifier.
  public var prefix: String { family.prefix }

  /// Whether the checkpoint has a classifier.
  public var hasHead: Bool { weights.contains(tagsTokens ? TransformerFamily.tagWeight : family.headWeight) }

  /// Whether the checkpoint's head classifies tokens instead of texts.
  public var tagsTokens: Bool { config.architecture.hasSuffix("ForTokenClassification") }

  /// The number of outputs of the checkpoint's head.
  public var ownOutputs: Int {
    if let outputs = weights.replacedShape(family.headWeight)?.dimensions.first { return outputs }
    if let labels = config.json["id2label"]?.members, !labels.isEmpty { return labels.count }
    return config.json["num_labels"]?.int ?? 2
  }

  /// The maximum number of tokens for which there are position embeddings.
  public var longestText: Int {
    let positions = (try? config.size("max_position_embeddings", "n_positions", default: 512)) ?? 512
    return max(positions - family.firstPosition(config), 1)
  }

  /// The index of the first token's position embedding.
  public var firstPosition: Int { family.firstPosition(config) }

  /// The network. Its inputs are "input_ids", "token_type_ids" if the family has them, and "position_ids",
  /// each with one number per token.
  public func network(_ head: TransformerHead, _ options: TransformerOptions = TransformerOptions()) throws
    -> Network
  {
    let isClassifier = if case .embedding = head { false } else { true }
    var builder = try TransformerBuilder(
      config, weights, prefix: family.prefix, isClassifier: isClassifier, options: options)
    let hidden = try family.encoder(&builder)
    let output: Graph.ValueID
    var link = Network.Link.identity
    switch head {
    case .embedding(let function): output = try builder.pooled(function, hidden, name: "pooling")
    case .freshTags(let outputs):
      output = try TransformerFamily.tagHead(&builder, hidden, outputs, fresh: true)
      link = .softmax
    case .own, .fresh:
      let (outputs, fresh) =
        if case .fresh(let outputs) = head { (outputs, true) } else { (ownOutputs, !hasHead) }
      output =
        try tagsTokens && !fresh
        ? TransformerFamily.tagHead(&builder, hidden, outputs, fresh: false)
        : family.head(&builder, hidden, outputs, fresh)
      link =
        switch config.problem {
        case _ where fresh: .logits
        case _ where tagsTokens: .softmax
        case .regression?: .identity
        case .manyLabels?: .sigmoid
        case .oneLabel?: .softmax
        case nil: outputs == 1 ? .identity : .softmax
        }
    }
    return Network(
      graph: try builder.graph.finish(output: output), link: link,
      classLabels: head == .own && link == .softmax ? config.labels : nil, producer: "transformers")
  }
}

extension Transformer {
  /// The number of rows of the token embedding table.
  public var vocabularySize: Int { (try? config.size("vocab_size")) ?? 0 }

  /// A tensor of the checkpoint, or one that replaced or extended it; nil if the name is unknown.
  public func tensor(_ name: String) -> Tensor? {
    weights.contains(name) ? try? weights.stored(orReplaced: name) : nil
  }

  /// A copy in which parameters replace the weights of the same names.
  public func replacing(parameters: [Tensor]) -> Transformer {
    var copy = self
    copy.weights = weights.replacing(parameters)
    return copy
  }

  /// The checkpoint for a network built from it: the network's weights replace those of the same names, and
  /// its head becomes the checkpoint's head.
  public func replacing(_ network: Network, task: String?, labels: [String]) -> Transformer {
    var copy = replacing(parameters: network.graph.parameters)
    copy.config = TransformerConfig(
      configuration(for: network, task: task, labels: labels), path: config.path)
    return copy
  }

  /// The type in which transformers should hold the weights: the one in which all of them are stored, float32 for
  /// several types.
  private static func typeName(of parameters: [Tensor]) -> String {
    guard let element = parameters.first?.element, parameters.allSatisfy({ $0.element == element }) else {
      return "float32"
    }
    return switch element {
    case .bfloat16: "bfloat16"
    case .float16: "float16"
    case .float32, .int8: "float32"
    }
  }

  /// `config.json` of a classifier with this network's outputs, in transformers' format.
  public func configuration(for network: Network, task: String?, labels: [String]) -> JSONValue {
    let outputs = network.graph.outputWidth
    let ofHead: Set<String> = ["architectures", "id2label", "label2id", "num_labels", "problem_type"]
    let types: Set<String> = ["dtype", "torch_dtype"]
    let type = JSONValue.string(Self.typeName(of: network.graph.parameters))
    let all = (config.json.members ?? []).map { types.contains($0.key) ? .init($0.key, type) : $0 }
    guard let task else {
      // The checkpoint's own head, if there is one: its labels stay as they are.
      let isOwnHead = network.graph.parameters.contains { $0.name == family.headWeight }
      guard isOwnHead, outputs != ownOutputs else { return .object(all) }
      var members = all.filter { !["id2label", "label2id", "num_labels"].contains($0.key) }
      members.append(.init("num_labels", .integer(outputs)))
      return .object(members)
    }
    var members = all.filter { !ofHead.contains($0.key) }
    let names = (0..<outputs).map { labels.count == outputs ? labels[$0] : "LABEL_\($0)" }
    // Of classes with the same name the last one is found by it, as in transformers.
    let numbers = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
    let named = names.enumerated().filter { numbers[$1] == $0 }
    let tagsTokens = network.graph.outputLines == .tokens
    // transformers does not know other heads; it then opens the encoder below them.
    let headWeight = tagsTokens ? TransformerFamily.tagWeight : family.headWeight
    let hasOwnHead = network.graph.parameters.contains { $0.name == headWeight }
    let problem: TransformerConfig.Problem =
      task == "regression" ? .regression : outputs == 1 || network.link == .sigmoid ? .manyLabels : .oneLabel
    members += [
      .init(
        "architectures", [.string(hasOwnHead ? tagsTokens ? family.tagger : family.classifier : family.bare)]),
      .init("problem_type", tagsTokens ? .null : .string(problem.rawValue)),
      .init("id2label", .object(names.enumerated().map { .init(String($0), .string($1)) })),
      .init("label2id", .object(named.map { .init($1, .integer($0)) })),
    ]
    return .object(members)
  }
}

extension Transformer {
  /// Whether a directory's `config.json` is a transformer's, even if its family is not supported: its model
  /// type is known here, or there is a tokenizer in the directory.
  public static func isOne(_ files: FileSet) throws -> Bool {
    guard files.contains("config.json") else { return false }
    let json: JSONValue?
    do { json = try files.json("config.json") } catch let failure as Failure
      where failure.kind == .invalidModel
    {
      json = nil
    }
    guard let type = json?["model_type"]?.string else { return false }
    return TransformerFamily.all[type] != nil
      || ["tokenizer.json", "vocab.txt", "vocab.json", "tokenizer_config.json"].contains {
        files.contains($0)
      }
  }
}
