import Configurations
import Engine
import Formats
import Platform

extension TextModel {
  /// The transformer, and a function that adds the model's adapters to its networks. Low-rank adapters are
  /// merged into the weights unless they are trained further in the same form; other adapters are kept.
  func carrying(_ current: Graph, into adapter: AdapterConfig?) throws -> (
    Transformer, (Graph) throws -> Graph
  ) {
    let parts = current.lowRankParts
    let (prefixes, bottlenecks) = (current.prefixAdapter, current.bottleneckAdapter)
    let known = Dictionary(current.parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    func tensor(_ parameter: AdapterParameter) throws -> Tensor {
      guard let tensor = known[parameter.name], tensor.shape.dimensions == parameter.dimensions else {
        throw Failure.internal("an adapter's tensor of another shape")
      }
      return tensor
    }
    var transformer = transformer
    var keepsParts = false
    if !parts.isEmpty {
      let asked = adapter.map { lowRank($0) }
      let patterns = adapter.map(patterns) ?? []
      let adapted = Set(parts.map { $0.layer + ".weight" })
      keepsParts =
        adapter?.kind == .lora && parts.allSatisfy { $0.adapter == asked }
        && current.ownLinearWeights.allSatisfy { name in
          adapted.contains(name) == patterns.contains { $0.matches(name) }
        }
      if !keepsParts {
        transformer = transformer.replacing(parameters: try current.mergingLowRankAdapters().parameters)
      }
    }
    return (
      transformer,
      { graph in
        var graph = graph
        if let prefixes { graph = try graph.addingPrefixes(prefixes, tensor: tensor) }
        if let bottlenecks { graph = try graph.addingBottlenecks(bottlenecks, tensor: tensor) }
        if keepsParts {
          let layers = Dictionary(
            parts.map { ($0.layer + ".weight", $0.adapter) }, uniquingKeysWith: { first, _ in first })
          graph = try graph.addingLowRankAdapters({ layers[$0] }, tensor: tensor)
        }
        return graph
      }
    )
  }

  private func patterns(_ adapter: AdapterConfig) -> [NamePattern] {
    adapter.targets.map { NamePattern($0, prefix: transformer.prefix) }
  }

  private func lowRank(_ adapter: AdapterConfig) -> LowRankAdapter {
    let isAdaptive = adapter.kind == .adalora
    let rank = isAdaptive ? adapter.budget.initialRank ?? (3 * adapter.rank + 1) / 2 : adapter.rank
    return LowRankAdapter(
      rank: rank, alpha: Float(adapter.alpha), dropout: Float(adapter.dropout), hasSingularValues: isAdaptive)
  }

  /// The network with new adapters, unless it already has them.
  ///
  /// - Throws: `invalidConfig` if no weight matches an adapter's targets, no layer accepts it, or the network
  ///   has an adapter of another form.
  func adding(_ adapter: AdapterConfig, to graph: Graph, seed: Int) throws -> Graph {
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "adapters")
    switch adapter.kind {
    case .bitfit: return graph
    case .lora, .adalora: return try addingLowRank(adapter, to: graph, &random)
    case .prefix: return try addingPrefixes(adapter, to: graph, &random)
    case .bottleneck: return try addingBottlenecks(adapter, to: graph, &random)
    }
  }

  /// A tensor with the values of `next`; zeros without it.
  private static func filled(_ parameter: AdapterParameter, _ next: (() -> Float)?) throws -> Tensor {
    let shape = try Shape(parameter.dimensions)
    let values = try Buffer<Float>(count: shape.count, for: "an adapter")
    if let next { for index in 0..<shape.count { values.pointer[index] = next() } }
    return try Tensor(name: parameter.name, shape: shape, values: values)
  }

  private func addingLowRank(_ adapter: AdapterConfig, to graph: Graph, _ random: inout RandomStream) throws
    -> Graph
  {
    guard graph.lowRankParts.isEmpty else { return graph }
    try checkTargets(adapter, graph)
    let (form, patterns) = (lowRank(adapter), patterns(adapter))
    var drawn = random
    defer { random = drawn }
    let own = Set(graph.ownLinearWeights)
    return try graph.addingLowRankAdapters({ name in
      own.contains(name) && patterns.contains { $0.matches(name) } ? form : nil
    }) { parameter in
      // Initial values as in PEFT. AdaLoRA: normal with standard deviation 0.02. LoRA: A uniform in ±√(6 / (1
      // + 5) / in) (He et al. 2015 with a = √5), B 0.
      if form.hasSingularValues {
        return try Self.filled(
          parameter, parameter.part == .singularValues ? nil : { 0.02 * Float(drawn.normal()) })
      }
      let bound = 1 / Float(max(parameter.dimensions.last ?? 1, 1)).squareRoot()
      return try Self.filled(
        parameter, parameter.part == .lowRankA ? { (2 * Float(drawn.uniform()) - 1) * bound } : nil)
    }
  }

  private func addingPrefixes(_ adapter: AdapterConfig, to graph: Graph, _ random: inout RandomStream) throws
    -> Graph
  {
    let form = PrefixAdapter(tokens: adapter.tokens)
    if let present = graph.prefixAdapter {
      guard present == form else { throw differs("prefixes of \(present.tokens) tokens", "tokens") }
      return graph
    }
    try requireAttention(graph)
    guard adapter.tokens <= transformer.longestText - 2 else {
      throw Failure.invalidConfig(
        "\(adapter.tokens) tokens leave the texts no positions: the model has \(transformer.longestText)",
        at: "/train/adapter/tokens")
    }
    var drawn = random
    defer { random = drawn }
    // Normal, as in PEFT.
    return try graph.addingPrefixes(form) { try Self.filled($0) { Float(drawn.normal()) } }
  }

  private func addingBottlenecks(_ adapter: AdapterConfig, to graph: Graph, _ random: inout RandomStream)
    throws
    -> Graph
  {
    let form = BottleneckAdapter(
      reduction: adapter.reduction, activation: adapter.activation.function,
      afterAttention: adapter.afterAttention)
    if let present = graph.bottleneckAdapter {
      let again = graph.attentionLayers.first.map { max($0.width / max(adapter.reduction, 1), 1) }
      guard present.activation == form.activation, present.afterAttention == form.afterAttention,
        again == graph.attentionLayers.first.map({ max($0.width / max(present.reduction, 1), 1) })
      else { throw differs("bottlenecks of another form", "kind") }
      return graph
    }
    try requireAttention(graph)
    var drawn = random
    defer { random = drawn }
    // Normal with standard deviation 0.01, truncated at two standard deviations (Houlsby et al. 2019, section
    // 3.6).
    func cutOff() -> Float {
      var value = drawn.normal()
      while abs(value) > 2 { value = drawn.normal() }
      return 0.01 * Float(value)
    }
    return try graph.addingBottlenecks(form) { parameter in
      try Self.filled(parameter, parameter.part == .bottleneckWeight ? cutOff : nil)
    }
  }

  private func requireAttention(_ graph: Graph) throws {
    guard !graph.attentionLayers.isEmpty else {
      throw Failure.invalidConfig(
        "the model has no layer of attention that could take the adapter", at: "/train/adapter/kind")
    }
  }

  private func differs(_ present: String, _ key: String) -> Failure {
    .invalidConfig(
      "the model has \(present) already; only the same can be trained further, and only low-rank adapters can be merged "
        + "into the weights", at: "/train/adapter/\(key)")
  }

  private func checkTargets(_ adapter: AdapterConfig, _ graph: Graph) throws {
    let names = graph.ownLinearWeights
    let patterns = patterns(adapter)
    for (index, pattern) in patterns.enumerated()
    where adapter.targets != AdapterConfig().targets && !names.contains(where: pattern.matches) {
      throw Failure.invalidConfig(
        "no linear layer's weight matches \"\(pattern.pattern)\"\(Suggestion.phrase(for: pattern.pattern, among: names))",
        at: "/train/adapter/targets/\(index)")
    }
    guard names.contains(where: { name in patterns.contains { $0.matches(name) } }) else {
      throw Failure.invalidConfig(
        "no linear layer's weight is a target; the weights are \(names.prefix(4).joined(separator: ", ")) …",
        at: "/train/adapter/targets")
    }
  }
}
