import Platform

extension Graph {
  /// The same network with another head instead of its last linear layer. If the network does not end in a
  /// linear layer, the head is added after its output.
  ///
  /// - Parameter head: adds the new head to the builder and returns its output.
  public func replacingHead(
    _ head: (inout GraphBuilder, ValueID) throws -> ValueID
  ) throws -> Graph {
    let body = lastLinear?.inputs.first ?? output
    return try rewritten(
      keeping: needed(for: [body]), end: { builder, place in try head(&builder, place(body)) })
  }

  /// Whether the output is linear in the parameters: all of them belong to the linear layer that computes it.
  ///
  /// - Parameter parameters: for each parameter, whether it counts.
  public func isLinear(in parameters: [Bool]) -> Bool {
    guard let last = lastLinear else { return false }
    return nodes.allSatisfy { node in
      node.output == last.output
        || !node.inputs.contains { value in
          if case .parameter(let index) = self[value].source { parameters[index] } else { false }
        }
    }
  }

  /// The linear layer that computes the output.
  private var lastLinear: Node? {
    guard case .node(let place) = self[storage(of: output)].source, nodes[place].operation.role.linear != nil
    else {
      return nil
    }
    return nodes[place]
  }
}
