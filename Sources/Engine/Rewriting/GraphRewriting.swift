import Platform

extension Graph {
  /// Rebuilds the network node by node, with changes. Freezing, heads, adapters, pruning and fusion all use
  /// it.
  ///
  /// - Parameters:
  ///   - kept: indices of the values that stay (reshaped values stay with their original); nil for all.
  ///   - cut: a value that becomes the new network's only input; the old inputs, and nodes that need them, are left
  ///     out. All parameters stay, in their order.
  ///   - replace: given a node and its inputs in the new graph, adds its replacement and returns that value;
  ///     returns nil to keep the node.
  ///   - end: given the values' indices in the new graph, adds the new end and returns the output.
  /// - Throws: errors of the functions, and `invalidModel` if an operator does not accept its operands.
  public func rewritten(
    keeping kept: Set<Int>? = nil, cuttingAt cut: ValueID? = nil,
    _ replace: (inout GraphBuilder, Node, [ValueID]) throws -> ValueID? = { _, _, _ in nil },
    end: (inout GraphBuilder, (ValueID) throws -> ValueID) throws -> ValueID
  ) throws -> Graph {
    var builder = GraphBuilder()
    var places = [ValueID?](repeating: nil, count: values.count)
    func isKept(_ index: Int) -> Bool {
      guard let kept else { return true }
      return kept.contains(storage(of: ValueID(index: index)).index)
    }
    for (index, value) in values.enumerated() {
      if index == cut?.index {
        places[index] = builder.input(value.name, value.shape, lines: value.lines)
        continue
      }
      switch value.source {
      case .input:
        if cut == nil { places[index] = builder.input(value.name, value.shape, lines: value.lines) }
      case .parameter(let parameter):
        if cut != nil || isKept(index) { places[index] = builder.parameter(parameters[parameter]) }
      case .reshaped(let original):
        guard isKept(index), let place = places[original.index] else { continue }
        places[index] = try builder.reshape(place, to: value.shape, name: value.name)
      case .node(let number):
        // Fusion may leave a value without a producer.
        guard isKept(index), nodes.indices.contains(number), nodes[number].output.index == index else {
          continue
        }
        let node = nodes[number]
        let inputs = node.inputs.compactMap { places[$0.index] }
        guard inputs.count == node.inputs.count else {
          guard cut != nil else { throw Failure.internal("a value before its node") }
          continue
        }
        builder.layer = node.layer
        places[index] =
          try replace(&builder, node, inputs)
          ?? builder.apply(
            node.operation, to: inputs, name: node.name, part: node.part)
      }
    }
    func place(_ id: ValueID) throws -> ValueID {
      guard let place = places[id.index] else {
        throw Failure.internal("a value that was left out is needed")
      }
      return place
    }
    builder.layer = nil
    let output = try end(&builder, place)
    return try builder.finish(output: output, hidden: hidden.compactMap { places[$0.index] })
  }

  /// The same with the network's own output.
  public func rewritten(
    keeping kept: Set<Int>? = nil, cuttingAt cut: ValueID? = nil,
    _ replace: (inout GraphBuilder, Node, [ValueID]) throws -> ValueID? = { _, _, _ in nil }
  ) throws -> Graph {
    try rewritten(keeping: kept, cuttingAt: cut, replace, end: { _, place in try place(output) })
  }

  /// The same network with other operators, or other operands, for some nodes. They are not checked: call
  /// `rewritten` afterwards.
  ///
  /// - Parameter replacement: returns the new operator and operands of a node, which precede its output among
  ///   the values; nil to keep the node.
  public func substituting(_ replacement: (Node) -> (any Operator, [ValueID])?) -> Graph {
    var copy = self
    copy.nodes = nodes.map { node in
      guard let (operation, inputs) = replacement(node) else { return node }
      return Node(
        name: node.name, operation: operation, inputs: inputs, output: node.output, layer: node.layer,
        part: node.part)
    }
    return copy
  }

  /// The indices of some values and of all values from which they are computed.
  public func needed(for wanted: [ValueID]) -> Set<Int> {
    var needed = Set(wanted.map { storage(of: $0).index })
    for node in nodes.reversed() where needed.contains(node.output.index) {
      for input in node.inputs { needed.insert(storage(of: input).index) }
    }
    return needed
  }

  /// The same network without the nodes that its outputs do not depend on; its inputs stay.
  public func pruned() throws -> Graph { try rewritten(keeping: needed(for: ends)) }

  /// The index among the parameters, the name and the sizes of a linear node's weight; nil for other nodes.
  public func linearWeight(of node: Node) -> (index: Int, name: String, inputs: Int, outputs: Int)? {
    guard let linear = node.operation.role.linear, node.inputs.count > 1,
      case .parameter(let index) = self[node.inputs[1]].source
    else { return nil }
    return (index, parameters[index].name, linear.inputs, linear.outputs)
  }

  /// The names of the weights of all linear layers that do not belong to an adapter.
  public var ownLinearWeights: [String] {
    let adapters = adapterParameters
    return nodes.compactMap { linearWeight(of: $0) }.filter { !adapters.contains($0.index) }.map(\.name)
  }
}
