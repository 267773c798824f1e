import Configurations
import Engine

#if canImport(Glibc)
  import Glibc
#endif

/// Smaller steps for layers nearer to a transformer's input (Howard and Ruder 2018, section 3.2): the n-th layer below
/// the head has decay^n of the learning rate, and the embeddings, below all layers, the least.
enum LayerDecay {
  /// The share of the learning rate of each parameter, by its name, in the network's order.
  ///
  /// A layer is told by the first number in a name, `encoder.layer.3.`; what comes before the first layer are the
  /// embeddings, what comes after without a number belongs to the head.
  ///
  /// - Returns: nil where nothing decays.
  static func shares(_ graph: Graph, decay: Double?) -> [Float]? {
    guard let decay else { return nil }
    let layers = graph.parameters.map { tensor in
      // Layers that were put on top have numbers of their own.
      tensor.name.hasPrefix(HeadConfig.name + ".")
        ? nil
        : tensor.name.split(separator: ".").lazy.compactMap { Int($0) }.first.map { min(max($0, 0), 1 << 20) }
    }
    guard let last = layers.compactMap({ $0 }).max(), let first = layers.firstIndex(where: { $0 != nil })
    else {
      return nil
    }
    return layers.enumerated().map { place, layer in
      let depth = layer.map { last + 1 - $0 } ?? (place < first ? last + 2 : 0)
      return Float(pow(decay, Double(depth)))
    }
  }
}
