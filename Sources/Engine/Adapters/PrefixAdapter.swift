import Platform

/// Prefix tuning (Li and Liang 2021, section 4.2): every attention layer has additional keys and values,
/// which are trained and act like tokens before each text. They are trained directly, without the paper's
/// reparameterization network.
public struct PrefixAdapter: Sendable, Equatable {
  /// The number of additional keys and values in each layer.
  public let tokens: Int

  public init(tokens: Int) { self.tokens = tokens }

  /// The suffixes after the name of a layer's attention.
  public static let names = (key: "prefix_key", value: "prefix_value")
}

extension Graph {
  /// The network with a prefix in every attention layer. The caller must shift the positions of tokens if
  /// needed.
  ///
  /// - Parameter tensor: returns the initial values of a layer's keys or values.
  /// - Throws: `unsupported` where attention reads the distances of tokens: prefixes have no position.
  public func addingPrefixes(
    _ adapter: PrefixAdapter, tensor: (AdapterParameter) throws -> Tensor
  ) throws -> Graph {
    try rewritten { builder, node, inputs in
      guard let attention = node.operation.role.attention else { return nil }
      guard let before = attention.operandsBeforePrefix else {
        throw Failure.unsupported(
          "node \"\(node.name)\" reads the distances of tokens, and takes no prefixes; adapters of the kinds lora, "
            + "adalora, bitfit and bottleneck are accepted", at: node.name)
      }
      guard inputs.count == before else { return nil }
      let dimensions = [adapter.tokens, builder.shape(of: inputs[0]).count]
      let names = PrefixAdapter.names
      func parameter(_ part: AdapterParameter.Part, _ name: String) throws -> ValueID {
        builder.parameter(
          try tensor(
            AdapterParameter(
              part: part, layer: node.name, name: "\(node.name).\(name)", dimensions: dimensions)))
      }
      let prefix = [
        try parameter(.prefixKeys, names.key), try parameter(.prefixValues, names.value),
      ]
      return try builder.apply(node.operation, to: inputs + prefix, name: node.name)
    }
  }

  /// The attention layers, in order, with their width and their number of heads.
  public var attentionLayers: [(name: String, width: Int, heads: Int)] {
    nodes.compactMap { node in
      node.operation.role.attention.map { (node.name, self[node.output].shape.count, $0.heads) }
    }
  }

  /// The settings of the network's prefixes; nil if it has none.
  public var prefixAdapter: PrefixAdapter? {
    for node in nodes {
      guard let before = node.operation.role.attention?.operandsBeforePrefix, node.inputs.count > before
      else {
        continue
      }
      return self[node.inputs[before]].shape.dimensions.first.map(PrefixAdapter.init)
    }
    return nil
  }
}
