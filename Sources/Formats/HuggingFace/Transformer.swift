import Engine
import Platform

/// How a network is made of a checkpoint.
public struct TransformerOptions: Sendable {
  /// The rate of all dropouts; nil: as the checkpoint says.
  public var dropout: Float?
  /// Of a fresh head.
  public var seed = 0

  public init(dropout: Float? = nil, seed: Int = 0) {
    self.dropout = dropout
    self.seed = seed
  }
}

/// What stands on top of an encoder.
public enum TransformerHead: Sendable, Equatable {
  /// The checkpoint's own.
  case own
  /// A fresh one with so many outputs a text.
  case fresh(outputs: Int)
  /// A fresh one with so many outputs for every token.
  case freshTags(outputs: Int)
  /// None: one vector a text, pooled from its tokens' last hidden states.
  case embedding(TokenPooling.Function)
}

/// A transformer's checkpoint as Hugging Face's tools write it: what it is, and its weights, not yet a
/// network. A network is made with its own head, a fresh one, or none.
public struct Transformer: Sendable {
  public private(set) var config: TransformerConfig
  public private(set) var weights: TransformerWeights
  let family: TransformerFamily
  /// Where the checkpoint lies; the tokenizer's files are there, too.
  public let files: FileSet
  public var directory: String { files.location.isEmpty ? "." : files.location }

  /// - Throws: `io`, `invalidModel`; `unsupported` naming the architecture.
  public init(directory: String) throws { try self.init(files: .directory(directory)) }

  /// The same of files that may lie in memory.
  public init(files: FileSet) throws {
    let path = files.path(of: "config.json")
    let json: JSONValue
    do {
      json = try files.json("config.json")
    } catch let failure as Failure where failure.kind == .invalidModel {
      throw Failure(failure.kind, "\(path): \(failure.message)", at: path)
    }
    let config = TransformerConfig(json, path: path)
    // What is not supported is said before what is missing.
    _ = try TransformerFamily.of(config)
    try self.init(config: config, weights: TransformerWeights(files: files), files: files)
  }

  /// - Parameter files: the tokenizer's are among them.
  init(config: TransformerConfig, weights: TransformerWeights, files: FileSet) throws {
    family = try TransformerFamily.of(config)
    self.config = config
    self.weights = weights
    self.files = files
  }

  /// The same with its first layers alone.
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

  /// What stands before the names of the encoder's tensors in a classifier.
  public var prefix: String { family.prefix }

  /// Whether the checkpoint has a classifier of its own.
  public var hasHead: Bool { weights.contains(tagsTokens ? TransformerFamily.tagWeight : family.headWeight) }

  /// Whether the checkpoint's own head classifies tokens, not texts.
  public var tagsTokens: Bool { config.architecture.hasSuffix("ForTokenClassification") }

  /// The outputs of the checkpoint's own head.
  public var ownOutputs: Int {
    if let outputs = weights.replacedShape(family.headWeight)?.dimensions.first { return outputs }
    if let labels = config.json["id2label"]?.members, !labels.isEmpty { return labels.count }
    return config.json["num_labels"]?.int ?? 2
  }

  /// The most tokens that the position embeddings have room for.
  public var longestText: Int {
    let positions = (try? config.size("max_position_embeddings", "n_positions", default: 512)) ?? 512
    return max(positions - family.firstPosition(config), 1)
  }

  /// The place of a text's first token among the position embeddings.
  public var firstPosition: Int { family.firstPosition(config) }

  /// The network: inputs "input_ids", then "token_type_ids" where the family has them, then
  /// "position_ids", each a number for every token.
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
  /// The rows of its table of tokens.
  public var vocabularySize: Int { (try? config.size("vocab_size")) ?? 0 }

  /// A tensor of the checkpoint's, or one that replaced or joined them; nil where there is none of that name.
  public func tensor(_ name: String) -> Tensor? {
    weights.contains(name) ? try? weights.stored(orReplaced: name) : nil
  }

  /// The same with other weights in the place of those of the same names.
  public func replacing(parameters: [Tensor]) -> Transformer {
    var copy = self
    copy.weights = weights.replacing(parameters)
    return copy
  }

  /// The checkpoint that a network of it has become: its weights in the place of those of the same names, its head
  /// the checkpoint's own.
  public func replacing(_ network: Network, task: String?, labels: [String]) -> Transformer {
    var copy = replacing(parameters: network.graph.parameters)
    copy.config = TransformerConfig(
      configuration(for: network, task: task, labels: labels), path: config.path)
    return copy
  }

  /// `config.json` of a classifier with this network's outputs, as transformers reads it.
  public func configuration(for network: Network, task: String?, labels: [String]) -> JSONValue {
    let outputs = network.graph.outputWidth
    var members = (config.json.members ?? []).filter {
      !["architectures", "id2label", "label2id", "num_labels", "problem_type"].contains($0.key)
    }
    guard let task else {
      members.append(.init("architectures", config.json["architectures"] ?? []))
      return .object(members)
    }
    let names = (0..<outputs).map { labels.count == outputs ? labels[$0] : "LABEL_\($0)" }
    let tagsTokens = network.graph.outputLines == .tokens
    // Other layers on top are unknown to transformers, which opens what is below them.
    let headWeight = tagsTokens ? TransformerFamily.tagWeight : family.headWeight
    let hasOwnHead = network.graph.parameters.contains { $0.name == headWeight }
    let problem: TransformerConfig.Problem =
      task == "regression" ? .regression : outputs == 1 || network.link == .sigmoid ? .manyLabels : .oneLabel
    members += [
      .init(
        "architectures", [.string(hasOwnHead ? tagsTokens ? family.tagger : family.classifier : family.bare)]),
      .init("problem_type", tagsTokens ? .null : .string(problem.rawValue)),
      .init("id2label", .object(names.enumerated().map { .init(String($0), .string($1)) })),
      .init("label2id", .object(names.enumerated().map { .init($1, .integer($0)) })),
    ]
    return .object(members)
  }
}

extension Transformer {
  /// Whether a directory's `config.json` is a transformer's, whether or not its family is supported: it names a
  /// model type that has a tokenizer beside it, or one that is known here.
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
