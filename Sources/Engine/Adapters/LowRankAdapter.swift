import Platform

/// LoRA (Hu et al. 2022, equation 3): a trained product of two narrow matrices is added to a frozen linear
/// layer y = W x + b,
///
///     y' = y + (α / r) B A x,   A (r, in), B (out, r), B = 0 at the start.
///
/// AdaLoRA (Zhang et al. 2023, equation 3) has separate singular values, y' = y + (α / r) P Λ Q x, and drops
/// the least important ones during training. Q takes the place of A and P that of B; Λ = 0 at the start.
public struct LowRankAdapter: Sendable, Equatable {
  /// r, the number of rows of A.
  public let rank: Int
  /// α, the numerator of the scale.
  public let alpha: Float
  /// The rate of the dropout of x before A, in training.
  public let dropout: Float
  /// Whether it is an adapter of AdaLoRA, with Λ.
  public let hasSingularValues: Bool

  public init(rank: Int, alpha: Float, dropout: Float = 0, hasSingularValues: Bool = false) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.hasSingularValues = hasSingularValues
  }

  /// α / r, the factor of the adapter's output.
  public var scale: Float { alpha / Float(max(rank, 1)) }

  /// The part between a layer's name and "weight" in the names of the adapter's matrices, as PEFT names them.
  public static let names = (a: "lora_A", b: "lora_B")
  /// The suffix after a layer's name in the name of its singular values.
  public static let singularValues = "lora_E"
}

extension Graph {
  /// The network with an adapter added to each linear layer that `adapter` chooses. A layer whose weight is
  /// used in several places has one adapter for all of them.
  ///
  /// - Parameters:
  ///   - adapter: returns the adapter of a layer, given the name of its weight; nil for none.
  ///   - tensor: returns the initial values of a matrix, or of singular values.
  public func addingLowRankAdapters(
    _ adapter: (_ weight: String) throws -> LowRankAdapter?,
    tensor: (AdapterParameter) throws -> Tensor
  ) throws -> Graph {
    var stream: UInt64 = 1 << 32  // above the streams of the network's own dropouts
    var shared: [String: ValueID] = [:]
    return try rewritten { builder, node, inputs in
      guard let weight = linearWeight(of: node), let x = inputs.first, let adapter = try adapter(weight.name)
      else { return nil }
      let layer = Self.layer(ofWeight: weight.name)
      func parameter(_ part: AdapterParameter.Part, _ name: String, _ dimensions: [Int]) throws -> ValueID {
        if let known = shared[name] { return known }
        let id = builder.parameter(
          try tensor(AdapterParameter(part: part, layer: layer, name: name, dimensions: dimensions)))
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
      let a = try parameter(.lowRankA, "\(layer).\(names.a).weight", [adapter.rank, weight.inputs])
      narrow = try builder.apply(Linear(), to: [narrow, a], name: "\(layer).\(names.a)")
      if adapter.hasSingularValues {
        let values = try parameter(
          .singularValues, "\(layer).\(LowRankAdapter.singularValues)", [adapter.rank])
        narrow = try builder.apply(
          Arithmetic(.multiply), to: [narrow, values], name: "\(layer).\(LowRankAdapter.singularValues)")
      }
      let b = try parameter(.lowRankB, "\(layer).\(names.b).weight", [weight.outputs, adapter.rank])
      let wide = try builder.apply(Linear(), to: [narrow, b], name: "\(layer).\(names.b)")
      return try builder.apply(ScaledSum(scale: adapter.scale), to: [whole, wide], name: layer + ".lora")
    }
  }

  static func layer(ofWeight name: String) -> String {
    name.hasSuffix(".weight") ? String(name.dropLast(7)) : name
  }
}
