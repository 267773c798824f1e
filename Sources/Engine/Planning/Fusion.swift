extension Graph {
  /// What a graph is prepared for.
  public enum Purpose: Sendable { case training, prediction }

  /// The number of readers of each value: nodes, values reshaped from it, and the network's outputs.
  var consumers: [Int] {
    var consumers = [Int](repeating: 0, count: values.count)
    for node in nodes { for input in node.inputs { consumers[storage(of: input).index] += 1 } }
    for end in ends { consumers[storage(of: end).index] += 1 }
    for value in values {
      if case .reshaped(let original) = value.source { consumers[original.index] += 1 }
    }
    return consumers
  }

  /// The same network with fewer passes over its activations. If a node is the only reader of another's
  /// output, and the two operators have a fused form (`OperatorDefinition.fused`), one node computes both.
  /// Weights, inputs and output do not change.
  public func fused(for purpose: Purpose) -> Graph {
    let consumers = consumers
    var result = self
    result.nodes = []
    var producer: [Int: Int] = [:]  // value → index of its node in the result
    for node in nodes {
      var joined: Node?
      var place = result.nodes.count
      if let input = node.inputs.first, consumers[input.index] == 1, let before = producer[input.index] {
        let isAlone = result.nodes[before].inputs.first.map { consumers[storage(of: $0).index] == 1 } ?? false
        joined = Self.together(result.nodes[before], node, purpose, isSoleReader: isAlone)
        if joined != nil { place = before }
      }
      if let joined { result.nodes[place] = joined } else { result.nodes.append(node) }
      producer[node.output.index] = place
    }
    for (place, node) in result.nodes.enumerated() { result.values[node.output.index].source = .node(place) }
    return result
  }

  private static func together(_ first: Node, _ next: Node, _ purpose: Purpose, isSoleReader: Bool) -> Node? {
    guard
      let operation = first.operation.fused(with: next.operation, for: purpose, isSoleReader: isSoleReader)
    else { return nil }
    // The fused node has the name of the node with weights.
    let named = first.inputs.count > 1 ? first : next
    return Node(
      name: named.name, operation: operation, inputs: first.inputs + next.inputs.dropFirst(),
      output: next.output,
      layer: named.layer, part: named.part)
  }
}
