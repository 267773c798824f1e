import Platform

/// A network cut in two where training begins: below, what no trained weight changes, computed once for
/// every row or token; above, the head that is trained on what came out of it.
public struct FrozenPart: Sendable {
  /// From the network's inputs to the value at the cut.
  public let below: Graph
  /// From that value to the network's output. Its parameters are all of the network's, in their order.
  public let above: Graph

  /// - Parameter trainable: whether each parameter of the graph is to change.
  /// - Returns: nil when the network cannot be cut at one value of the rows, or when a layer below learns
  ///   statistics.
  public init?(of graph: Graph, trainable: [Bool]) throws {
    guard let cut = Self.cut(graph, trainable) else { return nil }
    var lower = graph
    lower.output = cut
    below = try lower.pruned()
    guard !below.nodes.isEmpty, !below.nodes.contains(where: { !$0.operation.statistics.isEmpty }) else {
      return nil
    }
    guard let above = try Self.above(graph, cut) else { return nil }
    self.above = above
  }

  /// The only value through which what is frozen reaches what is trained. Dropout belongs to the head: it
  /// is another one in every step.
  private static func cut(_ graph: Graph, _ trainable: [Bool]) -> Graph.ValueID? {
    var depends = Set<Int>()
    var crossing = Set<Graph.ValueID>()
    for node in graph.nodes {
      let roots = node.inputs.map(graph.storage)
      let trains = roots.contains { root in
        if case .parameter(let index) = graph[root].source {
          return trainable.indices.contains(index) && trainable[index]
        }
        return depends.contains(root.index)
      }
      guard trains else { continue }
      depends.insert(node.output.index)
      // What is computed once for all texts is computed above, too.
      for root in roots where graph[root].hasRows && graph[root].lines != .once {
        if !depends.contains(root.index) { crossing.insert(root) }
      }
    }
    guard crossing.count == 1, var cut = crossing.first else { return nil }
    while case .node(let index) = graph[cut].source, graph.nodes[index].operation is Dropout {
      cut = graph.storage(of: graph.nodes[index].inputs[0])
    }
    // Of a network that says something of every token, the tokens of all texts are what is kept.
    guard graph[cut].lines == graph.outputLines, case .node = graph[cut].source else { return nil }
    return cut
  }

  private static func above(_ graph: Graph, _ cut: Graph.ValueID) throws -> Graph? {
    var wanted = Set([graph.storage(of: graph.output)])
    for node in graph.nodes.reversed() where wanted.contains(node.output) && node.output != cut {
      for input in node.inputs { wanted.insert(graph.storage(of: input)) }
    }
    var builder = GraphBuilder()
    var places = [Graph.ValueID?](repeating: nil, count: graph.values.count)
    for (index, value) in graph.values.enumerated() {
      if index == cut.index {
        places[index] = builder.input(value.name, value.shape, lines: value.lines)
        continue
      }
      switch value.source {
      case .input: continue
      case .parameter(let parameter): places[index] = builder.parameter(graph.parameters[parameter])
      case .reshaped(let original):
        if let place = places[original.index] {
          places[index] = try builder.reshape(place, to: value.shape, name: value.name)
        }
      case .node(let number):
        guard graph.nodes.indices.contains(number), graph.nodes[number].output.index == index else {
          continue
        }
        let node = graph.nodes[number]
        let inputs = node.inputs.compactMap { places[$0.index] }
        // The rest lies below the cut, or nobody needs it.
        guard inputs.count == node.inputs.count, wanted.contains(node.output) else { continue }
        places[index] = try builder.apply(node.operation, to: inputs, name: node.name)
      }
    }
    guard let output = places[graph.output.index] else { return nil }
    return try builder.finish(output: output)
  }
}
