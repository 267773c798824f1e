import Platform

/// LoRA (Hu et al. 2022, equation 3): beside a frozen linear layer y = W x + b a product of two narrow
/// matrices that is trained,
///
///     y' = y + (α / r) B A x,   A (r, in), B (out, r), B = 0 at the start.
public struct LowRankAdapter: Sendable {
  public let rank: Int
  public let alpha: Float
  /// Of x before A, in training.
  public let dropout: Float

  public init(rank: Int, alpha: Float, dropout: Float = 0) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
  }

  /// What stands between a layer's name and "weight" in the adapter's two matrices: PEFT's names.
  public static let names = (a: "lora_A", b: "lora_B")

  /// The network with the adapter beside every linear layer whose weight `adapts` names.
  ///
  /// - Parameter tensor: the first values of a matrix, by its name and shape.
  public func applied(
    to graph: Graph, adapts: (_ weight: String) -> Bool,
    tensor: (_ name: String, _ dimensions: [Int]) throws -> Tensor
  ) throws -> Graph {
    var stream: UInt64 = 1 << 32  // after every dropout of the network itself
    return try graph.rewritten { builder, node, inputs in
      guard let weight = graph.linearWeight(of: node), adapts(weight.name), let x = inputs.first else {
        return nil
      }
      let layer = weight.name.hasSuffix(".weight") ? String(weight.name.dropLast(7)) : weight.name
      let whole = try builder.apply(node.operation, to: inputs, name: node.name)
      var narrow = x
      if dropout > 0 {
        stream += 1
        narrow = try builder.apply(
          Dropout(rate: dropout, stream: stream), to: [narrow], name: layer + ".lora_dropout")
      }
      let a = builder.parameter(try tensor("\(layer).\(Self.names.a).weight", [rank, weight.inputs]))
      narrow = try builder.apply(Linear(), to: [narrow, a], name: "\(layer).\(Self.names.a)")
      let b = builder.parameter(try tensor("\(layer).\(Self.names.b).weight", [weight.outputs, rank]))
      let wide = try builder.apply(Linear(), to: [narrow, b], name: "\(layer).\(Self.names.b)")
      return try builder.apply(
        ScaledSum(scale: alpha / Float(rank)), to: [whole, wide], name: layer + ".lora")
    }
  }
}
