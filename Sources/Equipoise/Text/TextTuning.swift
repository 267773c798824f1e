import Engine
import Fairness
import Formats
import Platform

extension Model {
  /// Whether somebody named the classes: a checkpoint that says nothing of them has LABEL_0, LABEL_1 …
  var hasNamedClasses: Bool { !classLabels.elementsEqual(classLabels.indices.map { "LABEL_\($0)" }) }
}

extension TextModel {
  /// The network to tune (`network(for:…)`), with adapters where they are asked for.
  ///
  /// - Throws: `invalidConfig` when no weight is an adapter's target.
  func tunable(_ base: Model, _ config: FineTuneConfig, _ labelled: LabelledRows) throws -> Network {
    let options = TransformerOptions(dropout: config.train.dropout.map(Float.init), seed: config.train.seed)
    var network = try network(for: base, labelled, config.data, options)
    guard let adapter = config.train.adapter, adapter.kind == .lora else { return network }
    let patterns = adapter.targets.map { NamePattern($0, prefix: transformer.prefix) }
    let names = network.graph.nodes.compactMap { network.graph.linearWeight(of: $0)?.name }
    for (index, pattern) in patterns.enumerated()
    where adapter.targets != AdapterConfig().targets && !names.contains(where: pattern.matches) {
      throw Failure.invalidConfig(
        "no linear layer's weight matches \"\(pattern.pattern)\"\(Suggestion.phrase(for: pattern.pattern, among: names))",
        at: "/train/adapter/targets/\(index)")
    }
    var random = RandomStream(seed: UInt64(bitPattern: Int64(config.train.seed)), purpose: "adapters")
    network.graph = try LowRankAdapter(
      rank: adapter.rank, alpha: Float(adapter.alpha), dropout: Float(adapter.dropout)
    ).applied(to: network.graph, adapts: { name in patterns.contains { $0.matches(name) } }) {
      name, dimensions in
      let shape = try Shape(dimensions)
      let values = try Buffer<Float>(count: shape.count, for: "an adapter")
      if name.hasSuffix("\(LowRankAdapter.names.a).weight") {
        // As PEFT starts it: uniform within ±√(6 / (1 + 5) / in) (He et al. 2015 with a = √5).
        let bound = 1 / Float(max(dimensions[1], 1)).squareRoot()
        for index in 0..<shape.count { values.pointer[index] = (2 * Float(random.uniform()) - 1) * bound }
      }
      return try Tensor(name: name, shape: shape, values: values)
    }
    return network
  }
}
