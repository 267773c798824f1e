import Engine
import EngineKernels
import Platform

extension ONNXTransformer {
  /// The checkpoint from which the file was exported, after it is proven to compute the same as the file:
  /// tensors with their names in transformers, and `config.json` as far as the graph determines it. Labels,
  /// dropouts, and the choice among families with the same structure come from a `config.json` next to the
  /// file, if there is one.
  ///
  /// - Parameters:
  ///   - path: the file's path, for messages.
  ///   - files: the files of its folder; these, or those of the parent folder, may include a tokenizer and a
  ///     `config.json`.
  func transformer(named path: String, among files: FileSet) throws -> Transformer {
    let files = Self.tokenizerFiles(files)
    var beside: JSONValue?
    if files.contains("config.json") { beside = try files.json("config.json") }
    let family = family(beside?["model_type"]?.string)
    if case .classes(_, let function, _)? = head, function != Self.headFunctions[family] ?? "tanh" {
      throw Failure.unsupported(
        "between the two layers of its head it has \(function); \(family) has \(Self.headFunctions[family] ?? "tanh")",
        at: scores ?? "")
    }
    var naming = ONNXTransformerNaming(prefix: TransformerFamily.all[family]?.prefix ?? "", family: family)
    try naming.add(self)
    let transformer = try Transformer(
      config: TransformerConfig(config(family: family, beside: beside), path: path),
      weights: TransformerWeights(tensors: naming.tensors, path: path), files: files)
    try ONNXTransformerProof(recognized: self, transformer: transformer).check()
    return transformer
  }

  /// Other families use tanh.
  private static let headFunctions = ["electra": "gelu", "distilbert": "relu"]

  /// The tokenizer's files: exporters put them next to the graph, or put the graph into a folder below them.
  private static func tokenizerFiles(_ own: FileSet) -> FileSet {
    let candidates = [own, own.parent].compactMap { $0 }
    return candidates.first { files in
      ["tokenizer.json", "vocab.txt", "vocab.json"].contains { files.contains($0) }
    } ?? own
  }

  /// Whether all layers have the same weights (Lan et al. 2020).
  private var sharesLayers: Bool {
    guard layers.count > 1, let first = layers.first else { return false }
    return layers.dropFirst().allSatisfy {
      $0.inner.weight.equals(first.inner.weight)
        && $0.attention.query.weight.equals(first.attention.query.weight)
    }
  }

  private func family(_ named: String?) -> String {
    if finalNorm != nil { return "gpt2" }
    if sharesLayers { return "albert" }
    let function: String? = if case .classes(_, let function, _)? = head { function } else { nil }
    if embeddings.types == nil, embeddings.padding == nil, function == nil || function == "relu" {
      return "distilbert"
    }
    if embeddings.padding != nil {
      return ["xlm-roberta", "camembert"].contains(named) ? named ?? "roberta" : "roberta"
    }
    if let function { return function == "gelu" ? "electra" : "bert" }
    return named == "electra" || embeddings.projection != nil ? "electra" : "bert"
  }

  /// A family's names of sizes in `config.json`; whether it has token types and a separate embedding width.
  private struct Sizes {
    var width = "hidden_size"
    var layers = "num_hidden_layers"
    var heads = "num_attention_heads"
    var inner = "intermediate_size"
    var positions = "max_position_embeddings"
    var activation = "hidden_act"
    var epsilon: String? = "layer_norm_eps"
    var hasTypes = true
  }

  private static let sizes: [String: Sizes] = [
    "distilbert": Sizes(
      width: "dim", layers: "n_layers", heads: "n_heads", inner: "hidden_dim", activation: "activation",
      epsilon: nil, hasTypes: false),
    "gpt2": Sizes(
      width: "n_embd", layers: "n_layer", heads: "n_head", inner: "n_inner", positions: "n_positions",
      activation: "activation_function", epsilon: "layer_norm_epsilon", hasTypes: false),
  ]

  private func config(family: String, beside: JSONValue?) -> JSONValue {
    guard let first = layers.first else { return .object([]) }
    let names = Self.sizes[family] ?? Sizes()
    func size(_ name: String, _ value: Int) -> JSONValue.Member {
      .init(name, .integer(Int64(clamping: value)))
    }
    var told: [JSONValue.Member] = [
      .init("model_type", .string(family)), size("vocab_size", embeddings.words.dimensions[0]),
      size(names.positions, embeddings.positions.dimensions[0]),
      size(names.width, first.attention.query.width), size(names.layers, layers.count),
      size(names.heads, first.attention.heads), size(names.inner, first.inner.outputs),
      .init(names.activation, .string(first.activation)),
    ]
    if let epsilon = names.epsilon {
      told.append(.init(epsilon, .number(Double(first.outputNorm.epsilon))))
    }
    if names.hasTypes {
      told += [
        size("embedding_size", embeddings.words.dimensions[1]),
        size("type_vocab_size", embeddings.types?.dimensions.first ?? 1),
      ]
    }
    if let padding = embeddings.padding { told.append(size("pad_token_id", padding)) }
    if family == "albert" { told.append(.init("num_hidden_groups", 1)) }
    if let outputs {
      let kinds = TransformerFamily.all[family]
      let name: String? = if case .tags? = head { kinds?.tagger } else { kinds?.classifier }
      told += [
        .init("architectures", .strings([name ?? ""])),
        size("num_labels", outputs),
      ]
      switch probabilities {
      case .sigmoid?: told.append(.init("problem_type", .string("multi_label_classification")))
      case .softmax?: told.append(.init("problem_type", .string("single_label_classification")))
      default: break
      }
    }
    var rest = beside?.members ?? []
    if rest.first(where: { $0.key == "id2label" })?.value.members?.count != outputs {
      rest.removeAll { ["id2label", "label2id"].contains($0.key) }
    }
    let known = Set(told.map(\.key))
    return .object(told + rest.filter { !known.contains($0.key) })
  }

  /// The number of outputs of the file's head.
  private var outputs: Int? {
    switch head {
    case .tags(let layer)?, .classes(_, _, let layer)?, .last(let layer)?: layer.outputs
    case nil: nil
    }
  }
}

/// Renames a recognized transformer's tensors to a family's names.
private struct ONNXTransformerNaming {
  let prefix: String
  let family: String
  private(set) var tensors: [Tensor] = []

  init(prefix: String, family: String) {
    self.prefix = prefix
    self.family = family
  }

  /// A family's names of the parts of a layer: query, key, value, their output and its normalization, the two
  /// feed-forward layers and their normalization.
  private static let parts: [String: [String]] = [
    "distilbert": [
      "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
      "ffn.lin1",
      "ffn.lin2", "output_layer_norm",
    ],
    "albert": [
      "attention.query", "attention.key", "attention.value", "attention.dense", "attention.LayerNorm", "ffn",
      "ffn_output", "full_layer_layer_norm",
    ],
    "bert": [
      "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
      "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
    ],
  ]

  mutating func add(_ transformer: ONNXTransformer) throws {
    if family == "gpt2" { return try addGPT2(transformer) }
    let embeddings = transformer.embeddings
    try add(prefix + "embeddings.word_embeddings.weight", embeddings.words)
    try add(prefix + "embeddings.position_embeddings.weight", embeddings.positions)
    if family != "distilbert" {
      let width = embeddings.words.dimensions[1]
      let none = try ONNXTensor.floats([Float](repeating: 0, count: width), dimensions: [1, width])
      try add(prefix + "embeddings.token_type_embeddings.weight", embeddings.types ?? none)
    }
    if let norm = embeddings.norm { try add(prefix + "embeddings.LayerNorm", norm) }
    if let projection = embeddings.projection {
      let name = family == "albert" ? "encoder.embedding_hidden_mapping_in" : "embeddings_project"
      try add(prefix + name, projection)
    }
    let names = Self.parts[family] ?? Self.parts["bert"] ?? []
    for (index, layer) in transformer.layers.enumerated() where index == 0 || family != "albert" {
      let place =
        switch family {
        case "distilbert": "transformer.layer.\(index)."
        case "albert": "encoder.albert_layer_groups.0.albert_layers.0."
        default: "encoder.layer.\(index)."
        }
      let linears = [
        layer.attention.query, layer.attention.key, layer.attention.value, layer.attentionOutput, nil,
        layer.inner, layer.outer, nil,
      ]
      for (name, linear) in zip(names, linears) { if let linear { try add(prefix + place + name, linear) } }
      try add(prefix + place + names[4], layer.attentionNorm)
      try add(prefix + place + names[7], layer.outputNorm)
    }
    switch transformer.head {
    case .tags(let layer)?: try add("classifier", layer)
    case .classes(let first, _, let last)?:
      switch family {
      case "bert": try add(prefix + "pooler.dense", first)
      case "albert": try add(prefix + "pooler", first)
      case "distilbert": try add("pre_classifier", first)
      default: try add("classifier.dense", first)
      }
      try add(["bert", "albert", "distilbert"].contains(family) ? "classifier" : "classifier.out_proj", last)
    case .last(let layer)?: try add("score", layer)
    case nil:
      guard let pooler = transformer.pooler else { break }
      if family == "bert" { try add(prefix + "pooler.dense", pooler) }
      if family == "albert" { try add(prefix + "pooler", pooler) }
    }
  }

  /// Weights are (in, out); query, key and value are concatenated.
  private mutating func addGPT2(_ transformer: ONNXTransformer) throws {
    try add(prefix + "wte.weight", transformer.embeddings.words)
    try add(prefix + "wpe.weight", transformer.embeddings.positions)
    for (index, layer) in transformer.layers.enumerated() {
      let place = "\(prefix)h.\(index)."
      try add(place + "ln_1", layer.attentionNorm)
      try add(place + "attn.c_attn", layer.attention.query, inputMajor: true)
      try add(place + "attn.c_proj", layer.attentionOutput, inputMajor: true)
      try add(place + "ln_2", layer.outputNorm)
      try add(place + "mlp.c_fc", layer.inner, inputMajor: true)
      try add(place + "mlp.c_proj", layer.outer, inputMajor: true)
    }
    if let norm = transformer.finalNorm { try add(prefix + "ln_f", norm) }
    switch transformer.head {
    case .last(let layer)?: try add("score", layer)
    case .tags(let layer)?: try add("classifier", layer)
    case .classes?, nil: break
    }
  }

  private mutating func add(_ name: String, _ tensor: ONNXTensor) throws {
    guard let stored = try tensor.stored() else {
      throw Failure.invalidModel("\"\(tensor.weight ?? name)\" has text where weights are needed")
    }
    tensors.append(try Tensor(name: name, shape: Shape(tensor.dimensions), storage: stored))
  }

  private mutating func add(_ name: String, _ norm: ONNXDataflow.LayerNorm) throws {
    try add(name + ".weight", norm.gain)
    try add(name + ".bias", norm.bias)
  }

  // weight (in, out) or (out, in) → (out, in), or the reverse; a missing bias becomes zeros
  private mutating func add(_ name: String, _ layer: ONNXDataflow.Linear, inputMajor: Bool = false) throws {
    var weight = layer.weight
    if layer.weightIsInputMajor != inputMajor, let values = try weight.floats() {
      let turned = try Buffer<Float>(count: values.count, for: "weights")
      let (lines, columns) = (weight.dimensions[1], weight.dimensions[0])
      var plan = permutation()
      plan.rank = 2
      (plan.sizes.0, plan.sizes.1) = (lines, columns)
      (plan.strides.0, plan.strides.1) = (1, lines)
      permute(&plan, values.pointer, turned.pointer, 1, false)
      weight = ONNXTensor(dimensions: [lines, columns], storage: .floats(turned))
      withExtendedLifetime(values) {}
    }
    try add(name + ".weight", weight)
    try add(
      name + ".bias",
      layer.bias ?? .floats([Float](repeating: 0, count: layer.outputs), dimensions: [layer.outputs]))
  }
}

extension ONNXTensor {
  /// Whether all numbers are bitwise equal.
  fileprivate func equals(_ other: ONNXTensor) -> Bool {
    if let weight, weight == other.weight { return true }
    guard dimensions == other.dimensions else { return false }
    switch (storage, other.storage) {
    case (.floats(let a), .floats(let b)): return a.elements.elementsEqual(b.elements)
    case (.halves(.float16(let a)), .halves(.float16(let b))),
      (.halves(.bfloat16(let a)), .halves(.bfloat16(let b))):
      return a.elements.elementsEqual(b.elements)
    default: return false
    }
  }
}
