import Engine
import Platform

extension AdapterDirectory {
  /// Adds the adapter to a checkpoint's network.
  ///
  /// - Parameter prefix: the prefix of the encoder's names in a classifier; adapters of a bare encoder have
  ///   none.
  /// - Throws: `invalidModel` for tensors that do not fit the network, `unsupported` with the unsupported
  ///   feature.
  public func applied(to graph: Graph, prefix: String) throws -> Graph {
    let names = Set(graph.parameters.map(\.name))
    for tensor in try replacements() where !names.contains(tensor.name) {
      throw invalid("the base has no tensor \"\(tensor.name)\"", at: tensor.name)
    }
    switch kind {
    case .lowRank:
      let isDecomposed = config["use_dora"]?.bool == true
      if let part = ownPart {
        guard !isDecomposed else {
          throw Failure.unsupported(
            "\(configPath): \"use_dora\" is true together with \"init_lora_weights\", which is not supported",
            at: "\(configPath)#/use_dora")
        }
        return try withResidualWeights(graph, prefix: prefix, without: part)
      }
      return isDecomposed
        ? try withDecomposedWeights(graph, prefix: prefix) : try withLowRankAdapters(graph, prefix: prefix)
    case .scales: return try withScaledLayers(graph, prefix: prefix)
    case .hadamard, .kronecker, .vectors: return try withProducts(graph, prefix: prefix)
    case .prefix: return try withPrefixes(graph)
    case .bottleneck: return try withBottlenecks(graph)
    }
  }

  func withLowRankAdapters(_ graph: Graph, prefix: String) throws -> Graph {
    let weights = Set(graph.nodes.compactMap { graph.linearWeight(of: $0)?.name })
    let suffix = ".\(LowRankAdapter.names.a).weight"
    var layers: [String: (key: String, adapter: LowRankAdapter)] = [:]  // by weight
    for entry in file.entries
    where entry.name.hasSubstring(".lora_") && !entry.name.hasSubstring("." + Self.magnitudeName) {
      let isB = entry.name.hasSuffix(".\(LowRankAdapter.names.b).weight")
      guard isB || entry.name.hasSuffix(suffix) else {
        throw Failure.unsupported(
          "\(path): \"\(entry.name)\" is not a matrix of a linear layer's low-rank adapter", at: entry.name)
      }
      let layer = Self.plainName(String(entry.name.dropLast(suffix.utf8.count)))
      let candidates = [
        layer, prefix + layer, layer.hasPrefix(prefix) ? String(layer.dropFirst(prefix.count)) : layer,
      ]
      guard let weight = candidates.map({ $0 + ".weight" }).first(where: weights.contains) else {
        throw invalid("the base has no linear layer \"\(layer)\"", at: entry.name)
      }
      guard !isB else { continue }
      guard entry.dimensions.count == 2, let rank = entry.dimensions.first, (1...65_536).contains(rank) else {
        throw invalid("\"\(entry.name)\" is not a matrix of a rank from 1 to 65536", at: entry.name)
      }
      layers[weight] = (
        String(entry.name.dropLast(suffix.utf8.count)),
        LowRankAdapter(
          rank: rank, alpha: try alpha(of: layer, rank: rank),
          dropout: try number("lora_dropout", 0...0.999, 0))
      )
    }
    guard !layers.isEmpty else { throw invalid("there is no adapter's matrix", at: path) }
    return try graph.addingLowRankAdapters({ layers[$0]?.adapter }) { parameter in
      guard let key = layers[parameter.layer + ".weight"]?.key else {
        throw Failure.internal("an adapter's matrix of another layer")
      }
      let names = LowRankAdapter.names
      let part = parameter.part == .lowRankA ? names.a : names.b
      return try tensor("\(key).\(part).weight", parameter)
    }
  }

  /// α for the layer: from its pattern, or the default; with `use_rslora` the scale is α / √r (Kalajdzievski
  /// 2023).
  func alpha(of layer: String, rank: Int, named name: String = "lora_alpha") throws -> Float {
    var alpha = try number(name, 0...1e9, 8)
    let patterns = config["alpha_pattern"]?.members ?? []
    if let own = patterns.first(where: { layer == $0.key || layer.hasSuffix("." + $0.key) }) {
      guard let value = own.value.double, (0...1e9).contains(value) else {
        throw Failure.invalidModel(
          "\(configPath): \"alpha_pattern\" has \(own.value.text()) for \"\(own.key)\"; a number is needed",
          at: "\(configPath)#/alpha_pattern")
      }
      alpha = Float(value)
    } else if let other = patterns.first(where: { pattern in
      pattern.key.utf8.contains { "\\^$*+?()[]{}|".utf8.contains($0) }
    }) {
      throw Failure.unsupported(
        "\(configPath): \"alpha_pattern\" has the expression \"\(other.key)\"; the names of layers are read",
        at: "\(configPath)#/alpha_pattern")
    }
    return config["use_rslora"]?.bool == true ? alpha * Float(rank).squareRoot() : alpha
  }

  func number(_ name: String, _ range: ClosedRange<Double>, _ fallback: Float) throws -> Float {
    guard let value = config[name], value != .null else { return fallback }
    guard let number = value.double, range.contains(number) else {
      throw Failure.invalidModel(
        "\(configPath): \"\(name)\" is \(value.text()); a number from \(range.lowerBound) to "
          + "\(range.upperBound) is needed", at: "\(configPath)#/\(name)")
    }
    return Float(number)
  }

  private func tensor(_ key: String, _ parameter: AdapterParameter) throws -> Tensor {
    guard file.contains(key), case let tensor = try file.tensor(key),
      tensor.shape.dimensions == parameter.dimensions
    else { throw invalid("a tensor \"\(key)\" of the shape \(parameter.dimensions) is needed", at: key) }
    return tensor.named(parameter.name)
  }

  // The prompt (tokens, layers · 2 · width) has the keys and then the values of each layer.
  private func withPrefixes(_ graph: Graph) throws -> Graph {
    let whole = try file.tensor(Self.promptName)
    let layers = graph.attentionLayers
    guard let width = layers.first?.width, whole.shape.dimensions.count == 2,
      whole.shape.dimensions[1] == layers.count * 2 * width, whole.shape.dimensions[0] > 0
    else {
      throw invalid(
        "\"\(Self.promptName)\" is \(whole.shape), which does not fit a network of \(layers.count) layers of attention",
        at: Self.promptName)
    }
    let (tokens, stride) = (whole.shape.dimensions[0], whole.shape.dimensions[1])
    let places = Dictionary(
      layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    return try graph.addingPrefixes(PrefixAdapter(tokens: tokens)) { parameter in
      guard let layer = places[parameter.layer] else { throw Failure.internal("a prefix of another layer") }
      let offset = (2 * layer + (parameter.part == .prefixKeys ? 0 : 1)) * width
      let prompt = try whole.values
      let values = try Buffer<Float>(count: tokens * width, for: "prefixes")
      for token in 0..<tokens {
        (values.pointer + token * width).update(
          from: prompt.pointer + token * stride + offset, count: width)
      }
      return try Tensor(name: parameter.name, shape: Shape(parameter.dimensions), values: values)
    }
  }

  private func withBottlenecks(_ graph: Graph) throws -> Graph {
    let word = config["activation"]?.string ?? "relu"
    guard let function = Activation.Function(rawValue: word) else {
      throw Failure.invalidModel(
        "\(configPath): the activation \"\(word)\" is not one", at: "\(configPath)#/activation")
    }
    let adapter = BottleneckAdapter(
      reduction: Int(try number("reduction_factor", 1...65_536, 16)), activation: function,
      afterAttention: config["after_attention"]?.bool ?? false)
    return try graph.addingBottlenecks(adapter) { try tensor("base_model.model." + $0.name, $0) }
  }
}
