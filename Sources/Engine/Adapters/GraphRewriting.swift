import Platform

extension Graph {
  /// The same network built anew, node by node, with other nodes where `replace` gives them.
  ///
  /// - Parameters:
  ///   - replace: given a node and its inputs in the new graph, adds what is to stand in its place
  ///   and returns that value; nil keeps the node.
  ///   - kept: places of the values that are to stay (reshaped ones stay with their original); nil: all.
  /// - Throws: what `replace` does, and `invalidModel` when operands do not fit.
  public func rewritten(
    keeping kept: Set<Int>? = nil,
    _ replace: (inout GraphBuilder, Node, [ValueID]) throws -> ValueID?
  ) throws -> Graph {
    var builder = GraphBuilder()
    var places = [ValueID?](repeating: nil, count: values.count)
    func place(_ id: ValueID) throws -> ValueID {
      guard let place = places[id.index] else { throw Failure.internal("a value before its node") }
      return place
    }
    for (index, value) in values.enumerated() {
      if let kept, !kept.contains(storage(of: ValueID(index: index)).index), value.source != .input {
        continue
      }
      switch value.source {
      case .input: places[index] = builder.input(value.name, value.shape, lines: value.lines)
      case .parameter(let parameter): places[index] = builder.parameter(parameters[parameter])
      case .reshaped(let original):
        places[index] = try builder.reshape(place(original), to: value.shape, name: value.name)
      case .node(let number):
        // A value that a fusion left without a node is nobody's.
        guard nodes.indices.contains(number), nodes[number].output.index == index else { continue }
        let node = nodes[number]
        let inputs = try node.inputs.map(place)
        places[index] =
          try replace(&builder, node, inputs)
          ?? builder.apply(node.operation, to: inputs, name: node.name)
      }
    }
    return try builder.finish(output: place(output))
  }

  /// The name of the weight that a linear node multiplies by; nil for other nodes.
  public func linearWeight(of node: Node) -> (name: String, inputs: Int, outputs: Int)? {
    guard let linear = node.operation as? Linear, node.inputs.count > 1,
      case .parameter(let index) = self[node.inputs[1]].source
    else { return nil }
    return (parameters[index].name, linear.inputs, linear.outputs)
  }
}
