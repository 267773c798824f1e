import Engine
import Platform

extension Model {
  /// What the model is, for `eqp_model_describe`.
  public func describe() -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("kind", .string(kind)), .init("task", taskName.map { .string($0) } ?? .null),
      .init("classes", .strings(classLabels)), .init("positive", positive),
      .init("threshold", .number(threshold)),
    ]
    switch content {
    case .untrained(let architecture):
      members += [.init("trained", false), .init("architecture", architecture.encoded)]
    case .network(let network):
      let graph = network.graph
      members += [
        .init("trained", true),
        .init("parameter_count", .integer(graph.parameters.reduce(0) { $0 + $1.values.count })),
        .init("features", .integer(featureCount)), .init("scores", .integer(scoreCount)),
        .init("inputs", .array(inputs)),
        .init("output", ["width": .integer(graph.outputWidth), "link": .string(network.link.rawValue)]),
        .init("operators", .strings(graph.nodes.map { type(of: $0.operation).kind })),
        .init(
          "parameters",
          .array(
            graph.parameters.map { tensor in
              [
                "name": .string(tensor.name), "shape": .array(tensor.shape.dimensions.map { .integer($0) }),
                "tunable": .bool(!network.fixedParameters.contains(tensor.name)),
              ]
            })),
        .init("producer", .string(network.producer)), .init("opset", .integer(network.opset)),
      ]
    }
    members += [
      .init("adapters", adapters), .init("data", data?.encoded ?? .null), .init("policy", policy),
      .init("verdict", verdict),
      .init("provenance", provenance),
    ]
    return .object(members)
  }

  /// Of two classes, which label counts as positive and why; else null.
  private var positive: JSONValue {
    guard task == .binary, classLabels.count == 2 else { return .null }
    let vocabulary = try? LabelVocabulary(
      binary: [], known: classLabels, isModel: data?.label == nil, data ?? DataConfig())
    return vocabulary?.positive(column: data?.label)?.json ?? .null
  }

  /// The columns that the model reads, with what a number in `eqp_predict_f32` stands for.
  private var inputs: [JSONValue] {
    if let encoder {
      return encoder.slots.map { slot in
        var members: [JSONValue.Member] = [
          .init("name", .string(slot.name)), .init("kind", .string(slot.kind.rawValue)),
        ]
        if slot.kind == .category { members.append(.init("categories", .strings(slot.categories))) }
        return .object(members)
      }
    }
    guard case .network(let network) = content else { return [] }
    return zip(network.graph.inputs, network.inputs).map { id, input in
      ["name": .string(input.name), "kind": "number", "width": .integer(network.graph[id].shape.count)]
    }
  }

  /// The small trainable parts that were put into the network.
  private var adapters: JSONValue {
    guard case .network(let network) = content else { return [] }
    let graph = network.graph
    var found: [JSONValue] = []
    let parts = graph.lowRankParts
    if !parts.isEmpty {
      found.append([
        "kind": "low_rank", "layers": .integer(parts.count),
        "ranks": .array(Set(parts.map(\.adapter.rank)).sorted().map { .integer($0) }),
        "alphas": .numbers(Set(parts.map { Double($0.adapter.alpha) }).sorted()),
        "adaptive": .bool(parts.contains { $0.singularValues != nil }),
      ])
    }
    if let prefix = graph.prefixAdapter {
      found.append(["kind": "prefix", "tokens": .integer(prefix.tokens)])
    }
    if let bottleneck = graph.bottleneckAdapter {
      found.append([
        "kind": "bottleneck", "reduction": .integer(bottleneck.reduction),
        "activation": .string(bottleneck.activation.rawValue),
        "after_attention": .bool(bottleneck.afterAttention),
      ])
    }
    return .array(found)
  }
}
