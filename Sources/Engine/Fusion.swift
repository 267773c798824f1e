extension Graph {
  /// How many read each value: nodes, values that are the same in another shape, and the network's output.
  var consumers: [Int] {
    var consumers = [Int](repeating: 0, count: values.count)
    for node in nodes { for input in node.inputs { consumers[storage(of: input).index] += 1 } }
    consumers[storage(of: output).index] += 1
    for value in values {
      if case .reshaped(let original) = value.source { consumers[original.index] += 1 }
    }
    return consumers
  }

  /// The same network with fewer passes over its activations: a rectifier that alone follows a linear layer
  /// is done by that layer, and another activation that a linear layer alone reads by the layer that reads
  /// it. Weights, inputs and output stay as they are.
  public func fused() -> Graph {
    let consumers = consumers
    var result = self
    result.nodes = []
    var producer: [Int: Int] = [:]  // value → place of its node in the result
    func onlyProducer(of value: ValueID) -> Int? { consumers[value.index] == 1 ? producer[value.index] : nil }
    for node in nodes {
      var replacement = node
      var place = result.nodes.count
      if let activation = node.operation as? Activation, activation.function == .relu,
        let input = node.inputs.first,
        let before = onlyProducer(of: input), var linear = result.nodes[before].operation as? Linear,
        !linear.relu
      {
        linear.relu = true
        replacement = Node(
          name: result.nodes[before].name, operation: linear, inputs: result.nodes[before].inputs,
          output: node.output)
        place = before
      } else if let linear = node.operation as? Linear, let input = node.inputs.first,
        let before = onlyProducer(of: input), let activation = result.nodes[before].operation as? Activation,
        let x = result.nodes[before].inputs.first, consumers[storage(of: x).index] == 1
      {
        replacement = Node(
          name: node.name, operation: ActivatedLinear(activation, linear),
          inputs: [x] + node.inputs.dropFirst(), output: node.output)
        place = before
      }
      if place < result.nodes.count {
        result.nodes[place] = replacement
      } else {
        result.nodes.append(replacement)
      }
      producer[node.output.index] = place
    }
    for (place, node) in result.nodes.enumerated() {
      let old = result.values[node.output.index]
      result.values[node.output.index] = Value(
        name: old.name, shape: old.shape, source: .node(place), lines: old.lines)
    }
    return result
  }
}
