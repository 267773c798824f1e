import Engine

#if canImport(Glibc)
  import Glibc
#endif

/// Smaller steps for layers closer to a transformer's input (Howard and Ruder 2018, section 3.2): the n-th
/// layer below the head has a learning rate multiplied by decay^n; the embeddings, below all layers, have the
/// smallest.
enum LayerDecay {
  /// The factor for the learning rate of each parameter, in the network's order.
  ///
  /// A parameter belongs to the last layer that uses it. Those that no layer uses are embeddings if they are used
  /// before the first layer, otherwise they belong to the head.
  ///
  /// - Returns: nil if there is no decay.
  static func shares(_ graph: Graph, decay: Double?) -> [Float]? {
    guard let decay, let last = graph.nodes.compactMap(\.layer).max() else { return nil }
    var depths = [Int](repeating: 0, count: graph.parameters.count)
    var isBelowLayers = true
    for node in graph.nodes {
      isBelowLayers = isBelowLayers && node.layer == nil
      let depth = node.layer.map { last + 1 - $0 } ?? (isBelowLayers ? last + 2 : 0)
      for input in node.inputs {
        // The nodes are in order: a later one is nearer to the head.
        if case .parameter(let index) = graph[graph.storage(of: input)].source { depths[index] = depth }
      }
    }
    return depths.map { Float(pow(decay, Double($0))) }
  }
}
