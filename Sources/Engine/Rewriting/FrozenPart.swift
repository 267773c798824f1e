import Platform

/// A network divided where training begins. The part below has no trained weights and is computed once for
/// every row or token; the part above is trained on its outputs.
public struct FrozenPart: Sendable {
  /// From the network's inputs to the value at the cut.
  public let below: Graph
  /// From that value to the network's output. It has all of the network's parameters, in the same order.
  public let above: Graph

  /// - Parameter trainable: whether each parameter of the graph is to change.
  /// - Returns: nil if the network cannot be cut at a single value of the rows, or if a layer below learns
  ///   statistics.
  public init?(of graph: Graph, trainable: [Bool]) throws {
    // A hidden output may be on either side.
    guard graph.hidden.isEmpty, let cut = Self.cut(graph, trainable) else { return nil }
    var lower = graph
    lower.output = cut
    below = try lower.pruned()
    guard !below.nodes.isEmpty, !below.nodes.contains(where: { !$0.operation.statistics.isEmpty }) else {
      return nil
    }
    // Values below the cut are not needed, because the value at the cut is an input.
    var wanted = Set([graph.storage(of: graph.output).index])
    for node in graph.nodes.reversed() where wanted.contains(node.output.index) && node.output != cut {
      for input in node.inputs { wanted.insert(graph.storage(of: input).index) }
    }
    above = try graph.rewritten(keeping: wanted, cuttingAt: cut)
  }

  /// The only value of the frozen part that the trained part reads. Dropout belongs to the trained part,
  /// because it differs in every step.
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
      // The part above recomputes values that are computed once for all texts.
      for root in roots where graph[root].hasRows && graph[root].lines != .once {
        if !depends.contains(root.index) { crossing.insert(root) }
      }
    }
    guard crossing.count == 1, var cut = crossing.first else { return nil }
    while case .node(let index) = graph[cut].source, graph.nodes[index].operation.isIdentityInPrediction {
      cut = graph.storage(of: graph.nodes[index].inputs[0])
    }
    // A network with an output for every token is cut at a value with a line for every token.
    guard graph[cut].lines == graph.outputLines, case .node = graph[cut].source else { return nil }
    return cut
  }
}
