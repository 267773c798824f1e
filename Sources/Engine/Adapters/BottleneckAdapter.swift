import Platform

/// Bottleneck adapters (Houlsby et al. 2019, figure 2). The output of a layer's feed-forward network, and on
/// request that of its attention, passes through a narrow trained network before it is added to the layer's
/// input:
///
///     y' = y + f(y Dᵀ + c) Uᵀ + d,   D (narrow, width), U (width, narrow), all near 0 at the start.
///
/// With adapters only after the feed-forward network, this is the form of Pfeiffer et al. 2021.
public struct BottleneckAdapter: Sendable, Equatable {
  /// How many times narrower the adapter is than the layer.
  public let reduction: Int
  /// f, the activation between the two matrices.
  public let activation: Activation.Function
  /// Whether there is also an adapter after the attention of each layer.
  public let afterAttention: Bool

  public init(reduction: Int, activation: Activation.Function = .relu, afterAttention: Bool = false) {
    self.reduction = reduction
    self.activation = activation
    self.afterAttention = afterAttention
  }

  /// The suffix after a layer's name, for an adapter after attention and for one after the feed-forward
  /// network.
  static let names = (attention: "adapter_attention", feedForward: "adapter_output")
  /// Both suffixes, as they stand in files.
  public static let layers = [names.attention, names.feedForward]
}

extension Graph {
  /// The network with adapters in every layer.
  ///
  /// - Parameter tensor: returns the initial values of a matrix or a bias.
  public func addingBottlenecks(
    _ adapter: BottleneckAdapter, tensor: (AdapterParameter) throws -> Tensor
  ) throws -> Graph {
    var seesAttention: Bool?  // whether attention has come since the last sum; nil before the first layer
    return try rewritten { builder, node, inputs in
      if node.operation.role.attention != nil { seesAttention = true }
      guard let isOfAttention = seesAttention, node.operation.role.arithmetic == .add, inputs.count == 2,
        node.inputs.allSatisfy({ self[$0].lines == .tokens })
      else { return nil }
      seesAttention = false
      guard !isOfAttention || adapter.afterAttention else { return nil }
      let names = BottleneckAdapter.names
      let layer =
        node.name.split(separator: ".").prefix { !$0.hasPrefix("sum") }.joined(separator: ".")
        + "." + (isOfAttention ? names.attention : names.feedForward)
      let width = builder.shape(of: inputs[0]).count
      let narrow = max(width / max(adapter.reduction, 1), 1)
      func parameter(_ part: AdapterParameter.Part, _ name: String, _ dimensions: [Int]) throws -> ValueID {
        builder.parameter(
          try tensor(AdapterParameter(part: part, layer: layer, name: name, dimensions: dimensions)))
      }
      func linear(_ name: String, _ x: ValueID, _ outputs: Int, _ inputs: Int, _ part: NodePart) throws
        -> ValueID
      {
        let weights = [
          try parameter(.bottleneckWeight, "\(layer).\(name).weight", [outputs, inputs]),
          try parameter(.bottleneckBias, "\(layer).\(name).bias", [outputs]),
        ]
        return try builder.apply(Linear(), to: [x] + weights, name: "\(layer).\(name)", part: part)
      }
      var y = try linear(
        "down", inputs[0], narrow, width, .bottleneckDown(afterAttention: isOfAttention))
      y = try builder.apply(
        Activation(adapter.activation), to: [y], name: layer + ".activation", part: .bottleneckActivation)
      y = try linear("up", y, width, narrow, .bottleneckUp)
      y = try builder.apply(Arithmetic(.add), to: [inputs[0], y], name: layer)
      return try builder.apply(node.operation, to: [y, inputs[1]], name: node.name)
    }
  }

  /// The settings of the network's bottleneck adapters; nil if it has none.
  public var bottleneckAdapter: BottleneckAdapter? {
    var (reduction, activation): (Int?, Activation.Function?) = (nil, nil)
    var afterAttention = false
    for node in nodes {
      switch node.part {
      case .bottleneckDown(let isAfterAttention):
        reduction = node.operation.role.linear.map { $0.inputs / max($0.outputs, 1) } ?? reduction
        afterAttention = afterAttention || isAfterAttention
      case .bottleneckActivation: activation = node.operation.role.activation?.function
      case .bottleneckUp, nil: break
      }
    }
    guard let reduction, let activation else { return nil }
    return BottleneckAdapter(reduction: reduction, activation: activation, afterAttention: afterAttention)
  }
}
