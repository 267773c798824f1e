import Platform

extension Graph {
  /// The same network with every low-rank adapter added into the weight that it stands beside,
  /// W + (α / r) B A: the same outputs from as many operators as before there were adapters.
  public func mergingLowRankAdapters() throws -> Graph {
    var merged: [Int: Tensor] = [:]  // by parameter
    for node in nodes {
      guard let sum = node.operation as? ScaledSum, let parts = lowRankParts(of: node) else { continue }
      merged[parts.weight] = try mergedWeight(parts, scale: sum.scale)
    }
    guard !merged.isEmpty else { return self }
    var parameters = parameters
    for (index, tensor) in merged { parameters[index] = tensor }
    return try replacing(parameters: parameters).rewritten { _, node, inputs in
      lowRankParts(of: node) == nil ? nil : inputs.first
    }.pruned()
  }

  /// Parameters of an adapter: the weight's, A's and B's.
  private struct LowRankParts {
    let weight: Int
    let a: Int
    let b: Int
    let isInputMajor: Bool
  }

  private func lowRankParts(of node: Node) -> LowRankParts? {
    guard node.operation is ScaledSum, node.inputs.count == 2,
      let whole = producer(of: node.inputs[0]), let wide = producer(of: node.inputs[1]),
      let linear = whole.operation as? Linear, wide.operation is Linear, let inner = wide.inputs.first,
      let narrow = producer(of: inner), narrow.operation is Linear,
      case .parameter(let weight) = self[whole.inputs[1]].source,
      case .parameter(let b) = self[wide.inputs[1]].source,
      case .parameter(let a) = self[narrow.inputs[1]].source
    else { return nil }
    return LowRankParts(weight: weight, a: a, b: b, isInputMajor: linear.weightIsInputMajor)
  }

  private func producer(of value: ValueID) -> Node? {
    guard case .node(let index) = self[value].source, nodes.indices.contains(index) else { return nil }
    return nodes[index]
  }

  private func mergedWeight(_ parts: LowRankParts, scale: Float) throws -> Tensor {
    let (weight, a, b) = (parameters[parts.weight], parameters[parts.a], parameters[parts.b])
    let (outputs, rank) = (b.shape.dimensions[0], b.shape.dimensions[1])
    let inputs = a.shape.dimensions[1]
    let values = try Buffer(copying: weight.values.elements, for: "weights")
    let scaled = try Buffer(copying: b.values.elements, for: "weights")
    for index in 0..<scaled.count { scaled.pointer[index] *= scale }
    if parts.isInputMajor {
      Backend.multiply(
        inputs, outputs, rank, a.values.pointer, transposeA: true, scaled.pointer, transposeB: true,
        into: values.pointer, accumulate: true)
    } else {
      Backend.multiply(
        outputs, inputs, rank, scaled.pointer, transposeA: false, a.values.pointer, transposeB: false,
        into: values.pointer, accumulate: true)
    }
    return try Tensor(name: weight.name, shape: weight.shape, values: values)
  }

  /// The same network without what does not lead to its output; its inputs stay.
  public func pruned() throws -> Graph {
    var needed = Set([storage(of: output).index])
    for node in nodes.reversed() where needed.contains(node.output.index) {
      for input in node.inputs { needed.insert(storage(of: input).index) }
    }
    return try rewritten(keeping: needed) { _, _, _ in nil }
  }
}
