import Platform

extension Graph {
  /// The same network with its AdaLoRA adapters, y' = y + s P Λ Q x, as plain low-rank adapters of the
  /// remaining ranks: A holds the rows of Λ Q whose singular value is not 0, B the same columns of P. A layer
  /// without remaining ranks has no adapter.
  public func droppingPrunedRanks() throws -> Graph {
    let parts = lowRankParts.filter { $0.singularValues != nil }
    guard !parts.isEmpty else { return self }
    var kept: [String: (part: LowRankPart, ranks: [Int])] = [:]
    for part in parts {
      guard let index = part.singularValues else { continue }
      let values = try parameters[index].values
      let ranks = (0..<values.count).filter { values.pointer[$0] != 0 }
      if !ranks.isEmpty { kept[part.layer] = (part, ranks) }
    }
    let bare = try rewritten { _, node, inputs in
      lowRankPart(of: node)?.singularValues == nil ? nil : inputs.first
    }.pruned()
    return try bare.addingLowRankAdapters({ weight in
      guard let (part, ranks) = kept[Self.layer(ofWeight: weight)], parameters[part.weight].name == weight
      else {
        return nil
      }
      return LowRankAdapter(
        rank: ranks.count, alpha: part.adapter.scale * Float(ranks.count), dropout: part.adapter.dropout)
    }) { parameter in
      guard let (part, ranks) = kept[parameter.layer], let index = part.singularValues else {
        throw Failure.internal("an adapter of another layer")
      }
      let shape = try Shape(parameter.dimensions)
      let values = try Buffer<Float>(count: shape.count, for: "an adapter")
      let singular = try parameters[index].values
      if parameter.part == .lowRankA {
        let (source, width) = (try parameters[part.a].values, shape.last)  // (rank, in)
        for (row, rank) in ranks.enumerated() {
          for column in 0..<width {
            values.pointer[row * width + column] =
              singular.pointer[rank] * source.pointer[rank * width + column]
          }
        }
      } else {
        let source = try parameters[part.b].values  // (out, rank)
        for row in 0..<(parameter.dimensions.first ?? 0) {
          for (column, rank) in ranks.enumerated() {
            values.pointer[row * ranks.count + column] = source.pointer[row * part.adapter.rank + rank]
          }
        }
      }
      return try Tensor(name: parameter.name, shape: shape, values: values)
    }
  }
}
