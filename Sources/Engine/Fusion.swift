extension Graph {
  public enum Purpose { case training, prediction }

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

  /// The same network with fewer passes over its activations: every rectifier that alone follows a layer is
  /// done by that layer; another activation by the linear layer that it alone follows in prediction, and that
  /// alone reads it in training, where backward needs only what the activation read; and for prediction every
  /// normalization by fixed statistics that alone follows a convolution by that convolution. Weights, inputs and
  /// output stay as they are.
  public func fused(for purpose: Purpose) -> Graph {
    let consumers = consumers
    var result = self
    result.nodes = []
    var producer: [Int: Int] = [:]  // value → place of its node in the result
    for node in nodes {
      var joined: Node?
      var place = result.nodes.count
      if let input = node.inputs.first, consumers[input.index] == 1, let before = producer[input.index] {
        let isAlone = result.nodes[before].inputs.first.map { consumers[storage(of: $0).index] == 1 } ?? false
        joined = Self.together(result.nodes[before], node, purpose, readsAlone: isAlone)
        if joined != nil { place = before }
      }
      if let joined { result.nodes[place] = joined } else { result.nodes.append(node) }
      producer[node.output.index] = place
    }
    for (place, node) in result.nodes.enumerated() { result.values[node.output.index].source = .node(place) }
    return result
  }

  /// Two nodes as one; nil where no operator does both.
  ///
  /// - Parameter readsAlone: whether nobody else reads the first one's input.
  private static func together(_ first: Node, _ next: Node, _ purpose: Purpose, readsAlone: Bool) -> Node? {
    func node(_ operation: any Operator, named name: String, _ inputs: [ValueID]) -> Node {
      Node(name: name, operation: operation, inputs: inputs, output: next.output)
    }
    if let activation = next.operation as? Activation, activation.function == .relu {
      if var linear = first.operation as? Linear, !linear.relu {
        linear.relu = true
        return node(linear, named: first.name, first.inputs)
      }
      if var convolution = first.operation as? Convolution, !convolution.relu {
        convolution.relu = true
        return node(convolution, named: first.name, first.inputs)
      }
      if var norm = first.operation as? BatchNorm, norm.channelsLast, !norm.relu {
        norm.relu = true
        return node(norm, named: first.name, first.inputs)
      }
    }
    if purpose == .prediction, let activation = next.operation as? Activation,
      var linear = first.operation as? Linear, !linear.relu, linear.activation == nil
    {
      linear.activation = activation
      return node(linear, named: first.name, first.inputs)
    }
    if purpose == .training, readsAlone, let activation = first.operation as? Activation,
      !activation.slopeReadsOutput, let linear = next.operation as? Linear
    {
      return node(
        ActivatedLinear(activation, linear), named: next.name, first.inputs + next.inputs.dropFirst())
    }
    if purpose == .prediction, let norm = next.operation as? BatchNorm, norm.channelsLast,
      var convolution = first.operation as? Convolution, !convolution.relu, convolution.normalization == nil
    {
      convolution.normalization = norm.epsilon
      return node(convolution, named: first.name, first.inputs + next.inputs.dropFirst())
    }
    return nil
  }
}
