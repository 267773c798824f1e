extension Graph {
  public enum Purpose { case training, prediction }

  /// The same network with every rectifier that alone follows a layer done by that layer, and for
  /// prediction with every normalization by fixed statistics that alone follows a convolution: a pass
  /// over the activations less each. Weights, inputs and output stay as they are.
  public func fused(for purpose: Purpose) -> Graph {
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
      if let input = node.inputs.first, consumers[input.index] == 1, let place = producer[input.index],
        let (operation, more) = Self.together(result.nodes[place].operation, node, purpose)
      {
        let before = result.nodes[place]
        result.nodes[place] = Node(
          name: before.name, operation: operation, inputs: before.inputs + more, output: node.output)
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

  /// A layer with what follows it, and the operands that it then has besides its own.
  private static func together(
    _ layer: any Operator, _ next: Node, _ purpose: Purpose
  ) -> (any Operator, [ValueID])? {
    if let activation = next.operation as? Activation, activation.function == .relu {
      if var linear = layer as? Linear, !linear.relu {
        linear.relu = true
        return (linear, [])
      }
      if var convolution = layer as? Convolution, !convolution.relu {
        convolution.relu = true
        return (convolution, [])
      }
      if var norm = layer as? BatchNorm, norm.channelsLast, !norm.relu {
        norm.relu = true
        return (norm, [])
      }
    }
    if purpose == .prediction, let norm = next.operation as? BatchNorm, norm.channelsLast,
      var convolution = layer as? Convolution, !convolution.relu, convolution.normalization == nil
    {
      convolution.normalization = norm.epsilon
      return (convolution, Array(next.inputs.dropFirst()))
    }
    return nil
  }
}
