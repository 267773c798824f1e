import Platform

extension Graph {
  /// A low-rank adapter in a network.
  public struct LowRankPart: Sendable {
    /// The name of the adapted layer.
    public let layer: String
    public let adapter: LowRankAdapter
    /// Whether the layer's weight is stored (in, out).
    public let isInputMajor: Bool
    /// Indices of its tensors among the network's parameters: the layer's weight, A (or Q), B (or P), and Λ.
    public let weight: Int
    public let a: Int
    public let b: Int
    public let singularValues: Int?
  }

  /// The network's low-rank adapters. An adapter is listed once even if its layer is used several times.
  public var lowRankParts: [LowRankPart] {
    var seen = Set<Int>()
    return nodes.compactMap { lowRankPart(of: $0) }.filter { seen.insert($0.a).inserted }
  }

  /// The adapter that a node adds to a linear layer; nil for other nodes.
  func lowRankPart(of node: Node) -> LowRankPart? {
    guard let scale = node.operation.role.scaledSum, node.inputs.count == 2,
      let whole = producer(of: node.inputs[0]), let wide = producer(of: node.inputs[1]),
      let linear = whole.operation.role.linear, wide.operation.role.linear != nil,
      let weight = parameter(1, of: whole), let b = parameter(1, of: wide),
      var narrow = wide.inputs.first.flatMap(producer)
    else { return nil }
    var singularValues: Int?
    if narrow.operation.role.arithmetic != nil {
      singularValues = parameter(1, of: narrow)
      guard singularValues != nil, let inner = narrow.inputs.first.flatMap(producer) else { return nil }
      narrow = inner
    }
    guard narrow.operation.role.linear != nil, let a = parameter(1, of: narrow),
      let rank = parameters[a].shape.dimensions.first
    else { return nil }
    let dropout = narrow.inputs.first.flatMap(producer)?.operation.role.dropoutRate
    let isOwn = dropout != nil && narrow.inputs.first != whole.inputs.first
    return LowRankPart(
      layer: Self.layer(ofWeight: parameters[weight].name),
      adapter: LowRankAdapter(
        rank: rank, alpha: scale * Float(rank), dropout: isOwn ? dropout ?? 0 : 0,
        hasSingularValues: singularValues != nil),
      isInputMajor: linear.weightIsInputMajor, weight: weight, a: a, b: b, singularValues: singularValues)
  }

  func producer(of value: ValueID) -> Node? {
    guard case .node(let index) = self[value].source, nodes.indices.contains(index) else { return nil }
    return nodes[index]
  }

  private func parameter(_ position: Int, of node: Node) -> Int? {
    guard node.inputs.indices.contains(position),
      case .parameter(let index) = self[node.inputs[position]].source
    else { return nil }
    return index
  }
}
