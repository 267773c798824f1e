/// Whether training stores the activations of the layers until backward has used them, or only the values that pass from
/// layer to layer, and recomputes the rest of a layer before its backward (Chen et al. 2016, section 3).
public enum Recomputation: Sendable, Equatable {
  case never, always
  /// Recompute if all workspaces together would otherwise take more than this number of bytes.
  case above(bytes: Int)
}

extension Graph {
  /// The nodes of each layer, in order. Layers that learn statistics or need the whole batch are left out.
  var layers: [Range<Int>] {
    var layers: [(number: Int, nodes: Range<Int>)] = []
    for (place, node) in nodes.enumerated() {
      guard let number = node.layer else { continue }
      if let last = layers.indices.last, layers[last].number == number, layers[last].nodes.upperBound == place
      {
        layers[last].nodes = layers[last].nodes.lowerBound..<place + 1
      } else {
        layers.append((number, place..<place + 1))
      }
    }
    return layers.map(\.nodes).filter { range in
      nodes[range].allSatisfy { $0.operation.statistics.isEmpty && !$0.operation.needsWholeBatch }
    }
  }
}
