import Configurations
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
  /// The layer is the first number in a parameter's name: `encoder.layer.3.`. Parameters without a number are
  /// embeddings if they come before the first layer, otherwise they belong to the head.
  ///
  /// - Returns: nil if there is no decay.
  static func shares(_ graph: Graph, decay: Double?) -> [Float]? {
    guard let decay else { return nil }
    let layers = graph.parameters.map { tensor in
      // Layers of a new head have their own numbers.
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
