import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

extension AdapterDirectory {
  /// Writes a network's adapter, its head, and all other weights that its checkpoint does not have.
  ///
  /// - Parameters:
  ///   - transformer: the checkpoint from which the network was tuned.
  ///   - base: the base's name in the file; nil: the checkpoint's directory.
  /// - Throws: `unsupported` for a network without an adapter, or with other changes to the checkpoint's
  ///   weights.
  public static func write(
    _ graph: Graph, of transformer: Transformer, base: String?, to directory: String
  ) throws {
    try write(graph, of: transformer, base: base, to: DirectorySink(directory))
  }

  /// The same to any destination.
  public static func write(
    _ graph: Graph, of transformer: Transformer, base: String?, to sink: any FileSink
  ) throws {
    let lowRank = graph.lowRankParts
    let (prefixes, bottleneck) = (graph.prefixAdapter, graph.bottleneckAdapter)
    guard [!lowRank.isEmpty, prefixes != nil, bottleneck != nil].filter({ $0 }).count == 1 else {
      throw Failure.unsupported(
        lowRank.isEmpty && prefixes == nil && bottleneck == nil
          ? "the model has no adapter that PEFT has a format for; \"huggingface\" writes all of its weights"
          : "the model has adapters of several kinds; PEFT's format holds only one", at: "/format")
    }
    let isPrompt = prefixes != nil
    var members: [JSONValue.Member] = [
      .init("base_model_name_or_path", .string(base ?? absolute(transformer.directory))),
      .init("task_type", .string(transformer.isHead(graph) ? "SEQ_CLS" : "FEATURE_EXTRACTION")),
      .init("inference_mode", true),
    ]
    var tensors: [Tensor] = []
    if let prefixes {
      members += try prefixMembers(graph, prefixes)
      tensors.append(try prompt(graph, prefixes))
    } else if let bottleneck {
      members += [
        .init("peft_type", .string(Kind.bottleneck.rawValue)),
        .init("reduction_factor", .integer(bottleneck.reduction)),
        .init("activation", .string(bottleneck.activation.rawValue)),
        .init("after_attention", .bool(bottleneck.afterAttention)),
      ]
    } else {
      members += lowRankMembers(graph, lowRank)
    }
    var modules: [String] = []
    let adapters = graph.adapterParameters
    for (index, tensor) in graph.parameters.enumerated() {
      if adapters.contains(index) {
        if !isPrompt { tensors.append(try renamed(tensor, "base_model.model.")) }
        continue
      }
      let isHead = !tensor.name.hasPrefix(transformer.prefix) && !transformer.isBare(graph)
      guard isHead || !transformer.stores(tensor.name) else {
        guard try transformer.holds(tensor) else {
          throw Failure.unsupported(
            "\"\(tensor.name)\" is not that of \(transformer.directory), so that an adapter alone would not give "
              + "the model; \"huggingface\" writes all of its weights", at: "/format")
        }
        continue
      }
      tensors.append(try renamed(tensor, isPrompt ? "base_model." : "base_model.model."))
      let plain = isHead ? tensor.name : String(tensor.name.dropFirst(transformer.prefix.utf8.count))
      let module = String(plain.split(separator: ".").first ?? "")
      if !modules.contains(module) { modules.append(module) }
    }
    members.append(.init("modules_to_save", modules.isEmpty ? .null : .strings(modules)))
    try Safetensors.write(tensors, metadata: [("format", "pt")], as: weightsName, to: sink)
    try sink.write(
      configName, JSONValue.object(members.sorted { $0.key < $1.key }).text(indented: true) + "\n")
  }

  /// An absolute path, so that the adapter can be loaded from any working directory.
  private static func absolute(_ path: String) -> String {
    guard let whole = realpath(path, nil) else { return path }
    defer { free(whole) }
    return String(cString: whole)
  }

  private static func renamed(_ tensor: Tensor, _ start: String) -> Tensor {
    tensor.named(start + tensor.name)
  }

  /// Ranks and α that differ from the most frequent values are written as patterns by layer.
  private static func lowRankMembers(_ graph: Graph, _ parts: [Graph.LowRankPart]) -> [JSONValue.Member] {
    func mostCommon<Value: Hashable>(_ values: [Value], _ fallback: Value) -> Value {
      var counts: [Value: Int] = [:]
      var best = fallback
      for value in values {
        counts[value, default: 0] += 1
        if counts[value, default: 0] > counts[best, default: 0] { best = value }
      }
      return best
    }
    let rank = mostCommon(parts.map(\.adapter.rank), 8)
    let alpha = mostCommon(parts.map(\.adapter.alpha), 8)
    let others = parts.filter { $0.adapter.rank != rank }.map { part in
      JSONValue.Member(part.layer, .integer(part.adapter.rank))
    }
    let otherAlphas = parts.filter { $0.adapter.alpha != alpha }.map { part in
      JSONValue.Member(part.layer, number(part.adapter.alpha))
    }
    return [
      .init("peft_type", .string(Kind.lowRank.rawValue)), .init("r", .integer(rank)),
      .init("lora_alpha", number(alpha)),
      .init("lora_dropout", .finite(parts.map(\.adapter.dropout).max() ?? 0)),
      .init("rank_pattern", .object(others)), .init("alpha_pattern", .object(otherAlphas)),
      .init("target_modules", .strings(targets(graph, parts))), .init("bias", "none"),
      .init("fan_in_fan_out", .bool(parts.contains(where: \.isInputMajor))),
    ]
  }

  private static func number(_ value: Float) -> JSONValue {
    Int(exactly: value).map { .integer($0) } ?? .finite(value)
  }

  /// The last components of the layers' names if all layers with that ending have adapters, as people write
  /// them; otherwise full names.
  private static func targets(_ graph: Graph, _ parts: [Graph.LowRankPart]) -> [String] {
    func ending(_ layer: String) -> String { layer.split(separator: ".").last.map(String.init) ?? layer }
    let adapted = Set(parts.map(\.layer))
    var partly = Set<String>()
    for weight in graph.ownLinearWeights where weight.hasSuffix(".weight") {
      let layer = String(weight.dropLast(7))
      if !adapted.contains(layer) { partly.insert(ending(layer)) }
    }
    var targets: [String] = []
    for part in parts {
      let target = partly.contains(ending(part.layer)) ? part.layer : ending(part.layer)
      if !targets.contains(target) { targets.append(target) }
    }
    return targets
  }

  private static func prefixMembers(_ graph: Graph, _ prefixes: PrefixAdapter) throws -> [JSONValue.Member] {
    let layers = graph.attentionLayers
    let width = layers.first?.width ?? 0
    return [
      .init("peft_type", .string(Kind.prefix.rawValue)),
      .init("num_virtual_tokens", .integer(prefixes.tokens)), .init("token_dim", .integer(width)),
      .init("encoder_hidden_size", .integer(width)), .init("num_layers", .integer(layers.count)),
      .init("num_attention_heads", .integer(layers.first?.heads ?? 0)),
      .init("num_transformer_submodules", .integer(1)), .init("prefix_projection", false),
    ]
  }

  private static func prompt(_ graph: Graph, _ prefixes: PrefixAdapter) throws -> Tensor {
    let layers = graph.attentionLayers
    let width = layers.first?.width ?? 0
    let stride = layers.count * 2 * width
    let values = try Buffer<Float>(count: prefixes.tokens * stride, for: "prefixes")
    let tensors = Dictionary(graph.parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for (layer, place) in layers.enumerated() {
      for (half, part) in [PrefixAdapter.names.key, PrefixAdapter.names.value].enumerated() {
        guard let tensor = tensors[place.name + "." + part], tensor.count == prefixes.tokens * width
        else { throw Failure.internal("a layer without its prefix") }
        let own = try tensor.values
        for token in 0..<prefixes.tokens {
          (values.pointer + token * stride + (2 * layer + half) * width).update(
            from: own.pointer + token * width, count: width)
        }
      }
    }
    return try Tensor(name: promptName, shape: Shape([prefixes.tokens, stride]), values: values)
  }
}
