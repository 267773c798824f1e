import Configurations
import Engine
import Platform

extension Model {
  /// The description of the model for `eqp_model_describe`.
  public func describe() -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("kind", .string(kind)), .init("task", taskName.map { .string($0) } ?? .null),
      .init("classes", .strings(classLabels)), .init("positive", positive),
      .init("threshold", .number(threshold)),
      .init("prepare", reader.describedSteps),
      .init("decision", adjustments.isEmpty ? .null : .object(adjustments.members)),
    ]
    members += scorer.described(reading: reader)
    members += [
      .init("adapters", adapters), .init("data", data?.encoded ?? .null), .init("policy", policy),
      .init("verdict", verdict),
      .init("provenance", provenance),
    ]
    return .object(members)
  }

  /// For two classes: which label counts as positive, and why; otherwise null.
  private var positive: JSONValue {
    guard task == .binary, classLabels.count == 2 else { return .null }
    let vocabulary = try? LabelVocabulary(
      binary: [], known: classLabels, isModel: data?.label == nil, data ?? DataConfig())
    return vocabulary?.positive(column: data?.label)?.json ?? .null
  }

  /// The adapters of the network.
  private var adapters: JSONValue {
    guard let graph = try? scorer.soleNetwork().network.graph else { return [] }
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
