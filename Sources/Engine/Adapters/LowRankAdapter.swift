import Platform

/// LoRA (Hu et al. 2022, equation 3): beside a frozen linear layer y = W x + b a product of two narrow
/// matrices that is trained,
///
///     y' = y + (α / r) B A x,   A (r, in), B (out, r), B = 0 at the start.
///
/// AdaLoRA (Zhang et al. 2023, equation 3) has the singular values apart, y' = y + (α / r) P Λ Q x, and
/// drops the least important of them while it trains: Q stands in A's place, P in B's, Λ = 0 at the start.
public struct LowRankAdapter: Sendable, Equatable {
  public let rank: Int
  public let alpha: Float
  /// Of x before A, in training.
  public let dropout: Float
  public let hasSingularValues: Bool

  public init(rank: Int, alpha: Float, dropout: Float = 0, hasSingularValues: Bool = false) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.hasSingularValues = hasSingularValues
  }

  public var scale: Float { alpha / Float(max(rank, 1)) }

  /// What stands between a layer's name and "weight" in the adapter's matrices: PEFT's names.
  public static let names = (a: "lora_A", b: "lora_B")
  /// What follows a layer's name in that of its singular values.
  public static let singularValues = "lora_E"
}

extension Graph {
  /// The network with an adapter beside every linear layer that has one. A layer whose weight is used in
  /// several places has one adapter for all of them.
  ///
  /// - Parameters:
  ///   - adapter: that of a layer, by the name of its weight; nil: none.
  ///   - tensor: the first values of a matrix, by its name and shape.
  public func addingLowRankAdapters(
    _ adapter: (_ weight: String) throws -> LowRankAdapter?,
    tensor: (_ name: String, _ dimensions: [Int]) throws -> Tensor
  ) throws -> Graph {
    var stream: UInt64 = 1 << 32  // after every dropout of the network itself
    var shared: [String: ValueID] = [:]
    return try rewritten { builder, node, inputs in
      guard let weight = linearWeight(of: node), let x = inputs.first, let adapter = try adapter(weight.name)
      else { return nil }
      let layer = Self.layer(ofWeight: weight.name)
      func parameter(_ name: String, _ dimensions: [Int]) throws -> ValueID {
        if let known = shared[name] { return known }
        let id = builder.parameter(try tensor(name, dimensions))
        shared[name] = id
        return id
      }
      let whole = try builder.apply(node.operation, to: inputs, name: node.name)
      var narrow = x
      if adapter.dropout > 0 {
        stream += 1
        narrow = try builder.apply(
          Dropout(rate: adapter.dropout, stream: stream), to: [narrow], name: layer + ".lora_dropout")
      }
      let names = LowRankAdapter.names
      let a = try parameter("\(layer).\(names.a).weight", [adapter.rank, weight.inputs])
      narrow = try builder.apply(Linear(), to: [narrow, a], name: "\(layer).\(names.a)")
      if adapter.hasSingularValues {
        let values = try parameter("\(layer).\(LowRankAdapter.singularValues)", [adapter.rank])
        narrow = try builder.apply(
          Arithmetic(.multiply), to: [narrow, values], name: "\(layer).\(LowRankAdapter.singularValues)")
      }
      let b = try parameter("\(layer).\(names.b).weight", [weight.outputs, adapter.rank])
      let wide = try builder.apply(Linear(), to: [narrow, b], name: "\(layer).\(names.b)")
      return try builder.apply(ScaledSum(scale: adapter.scale), to: [whole, wide], name: layer + ".lora")
    }
  }

  static func layer(ofWeight name: String) -> String {
    name.hasSuffix(".weight") ? String(name.dropLast(7)) : name
  }
}
