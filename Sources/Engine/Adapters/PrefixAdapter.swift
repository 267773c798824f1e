import Platform

/// Prefix tuning (Li and Liang 2021, section 4.2): every layer of attention has keys and values of its own that
/// are trained, as if so many tokens stood before each text. They are trained as they are, without the
/// network that the paper makes them with.
public struct PrefixAdapter: Sendable, Equatable {
  /// Keys and values of a layer.
  public let tokens: Int

  public init(tokens: Int) { self.tokens = tokens }

  /// What follows the name of a layer's attention.
  public static let names = (key: "prefix_key", value: "prefix_value")
}

extension Graph {
  /// The network with a prefix in every layer of attention; positions of tokens are the caller's affair.
  ///
  /// - Parameter tensor: the first values of a layer's keys or values, (tokens, width).
  /// - Throws: `unsupported` where attention reads the distances of tokens: prefixes stand nowhere.
  public func addingPrefixes(
    _ adapter: PrefixAdapter, tensor: (_ name: String, _ dimensions: [Int]) throws -> Tensor
  ) throws -> Graph {
    try rewritten { builder, node, inputs in
      guard !(node.operation is DisentangledAttention) else {
        throw Failure.unsupported(
          "node \"\(node.name)\" reads the distances of tokens, and takes no prefixes; adapters of the kinds lora, "
            + "adalora, bitfit and bottleneck are accepted", at: node.name)
      }
      guard let attention = node.operation as? Attention, inputs.count == 3 else { return nil }
      let dimensions = [adapter.tokens, builder.shape(of: inputs[0]).count]
      let names = PrefixAdapter.names
      let prefix = try [names.key, names.value].map {
        builder.parameter(try tensor("\(node.name).\($0)", dimensions))
      }
      return try builder.apply(attention, to: inputs + prefix, name: node.name)
    }
  }

  /// Every layer of attention, in order.
  public var attentionLayers: [(name: String, width: Int, heads: Int)] {
    nodes.compactMap { node in
      let heads =
        (node.operation as? Attention)?.heads ?? (node.operation as? DisentangledAttention)?.heads
      return heads.map { (node.name, self[node.output].shape.count, $0) }
    }
  }

  /// The prefixes that the network has.
  public var prefixAdapter: PrefixAdapter? {
    for node in nodes where node.operation is Attention && node.inputs.count == 5 {
      return self[node.inputs[3]].shape.dimensions.first.map(PrefixAdapter.init)
    }
    return nil
  }
}
