extension Graph {
  /// The same network with every rectifier that alone follows a linear layer done by that layer: one
  /// pass over the activations less. Weights, inputs and output stay as they are.
  public func fused() -> Graph {
    var consumers = [Int](repeating: 0, count: values.count)
    for node in nodes { for input in node.inputs { consumers[storage(of: input).index] += 1 } }
    consumers[storage(of: output).index] += 1
    for value in values {
      // A value that is seen in another shape is not this pattern's.
      if case .reshaped(let original) = value.source { consumers[original.index] += 1 }
    }

    var result = self
    result.nodes = []
    var producer: [Int: Int] = [:]  // value → place of its node in the result
    for node in nodes {
      if let activation = node.operation as? Activation, activation.function == .relu,
        let input = node.inputs.first, consumers[input.index] == 1, let place = producer[input.index],
        var linear = result.nodes[place].operation as? Linear, !linear.relu
      {
        linear.relu = true
        let before = result.nodes[place]
        result.nodes[place] = Node(
          name: before.name, operation: linear, inputs: before.inputs, output: node.output)
        producer[node.output.index] = place
      } else {
        producer[node.output.index] = result.nodes.count
        result.nodes.append(node)
      }
    }
    for (place, node) in result.nodes.enumerated() {
      let old = result.values[node.output.index]
      result.values[node.output.index] = Value(
        name: old.name, shape: old.shape, source: .node(place), lines: old.lines)
    }
    return result
  }
}
