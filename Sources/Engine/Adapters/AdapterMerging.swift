import Platform

extension Graph {
  /// The same network with every low-rank adapter merged into the weight that it adapts, W + (α / r) B A. The
  /// outputs are the same, and the adapters need no operators any more.
  public func mergingLowRankAdapters() throws -> Graph {
    var merged: [Int: Tensor] = [:]  // by parameter
    for part in lowRankParts { merged[part.weight] = try mergedWeight(part) }
    guard !merged.isEmpty else { return self }
    var parameters = parameters
    for (index, tensor) in merged { parameters[index] = tensor }
    return try replacing(parameters: parameters).rewritten { _, node, inputs in
      lowRankPart(of: node) == nil ? nil : inputs.first
    }.pruned()
  }

  private func mergedWeight(_ part: LowRankPart) throws -> Tensor {
    let (weight, a, b) = (parameters[part.weight], parameters[part.a], parameters[part.b])
    let (outputs, rank) = (b.shape.dimensions[0], b.shape.dimensions[1])
    let inputs = a.shape.dimensions[1]
    let (own, first, second) = (try weight.values, try a.values, try b.values)
    let scaled = try Buffer(copying: second.elements, for: "weights")
    let values = try Buffer(copying: own.elements, for: "weights")
    let singular = try part.singularValues.map { try parameters[$0].values }
    for index in 0..<scaled.count {
      scaled.pointer[index] *= part.adapter.scale * (singular?.elements[index % rank] ?? 1)
    }
    if part.isInputMajor {
      Backend.multiply(
        inputs, outputs, rank, first.pointer, transposeA: true, scaled.pointer, transposeB: true,
        into: values.pointer, accumulate: true)
    } else {
      Backend.multiply(
        outputs, inputs, rank, scaled.pointer, transposeA: false, first.pointer, transposeB: false,
        into: values.pointer, accumulate: true)
    }
    return try Tensor(name: weight.name, shape: weight.shape, values: values)
  }
}
