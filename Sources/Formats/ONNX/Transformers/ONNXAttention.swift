import Platform

extension ONNXDataflow {
  /// Multi-head attention: the three layers from which it is computed; they may be one layer of three times
  /// the width.
  struct Attention {
    let query, key, value: Linear
    let heads: Int
    let isOneLayer: Bool
  }

  /// softmax(q kᵀ …) v: one operator (operator set 23), or two products around a Softmax. The added mask and
  /// the scale of the scores are verified by `ONNXTransformerProof`.
  func attention(_ value: String) -> Attention? {
    guard let node = node(behindMoves(value)) else { return nil }
    let operands: [String]
    if node.kind == "Attention", node.inputs.count >= 3 {
      operands = Array(node.inputs.prefix(3))
    } else {
      guard node.kind == "MatMul", node.inputs.count == 2,
        let scores = probabilities(node.inputs[0]).flatMap({ products($0) }), scores.inputs.count == 2
      else { return nil }
      operands = scores.inputs + [node.inputs[1]]
    }
    let parts = operands.map(part)
    guard let query = parts[0], let key = parts[1], let value = parts[2] else { return nil }
    let isOneLayer =
      query.weight.weight != nil && [key, value].allSatisfy { $0.weight.weight == query.weight.weight }
    guard !isOneLayer || value.outputs % 3 == 0,
      let heads = heads(node, operands[2], width: isOneLayer ? value.outputs / 3 : value.outputs)
    else { return nil }
    return Attention(query: query, key: key, value: value, heads: heads, isOneLayer: isOneLayer)
  }

  /// The input of the Softmax that computes a value, possibly with NaN replaced by 0.
  private func probabilities(_ value: String) -> String? {
    guard var node = node(behindMoves(value)) else { return nil }
    if node.kind == "Where", node.inputs.count == 3, let behind = self.node(behindMoves(node.inputs[2])) {
      node = behind
    }
    return node.kind == "Softmax" ? node.inputs.first : nil
  }

  /// The product of two computed values behind the scores, before scale and mask.
  private func products(_ value: String) -> ONNXNode? {
    var waiting = [value]
    for _ in 0..<16 {
      guard let next = waiting.popLast(), let node = node(behindMoves(next)) else { continue }
      switch node.kind {
      case "MatMul": return node
      case "Add", "Mul", "Div", "Where", "Sub": waiting += node.inputs.filter { constant($0) == nil }
      default: continue
      }
    }
    return nil
  }

  /// The linear layer before a scale and a split into heads.
  private func part(_ value: String) -> Linear? { part(value, depth: 4) }

  private func part(_ value: String, depth: Int) -> Linear? {
    if let layer = linear(value) { return layer }
    guard depth > 0, let node = node(behindMoves(value)) else { return nil }
    switch node.kind {
    case "Mul", "Div": return node.inputs.lazy.compactMap { part($0, depth: depth - 1) }.first
    // One layer for all three.
    case "Split", "Slice": return node.inputs.first.flatMap { part($0, depth: depth - 1) }
    default: return nil
    }
  }

  /// The number of heads into which the output of a layer is split, from the reshape or from the operator's
  /// attribute.
  private func heads(_ attention: ONNXNode, _ value: String, width: Int) -> Int? {
    if case .integer(let count)? = attention.attributes["kv_num_heads"] {
      return Int(exactly: count).flatMap { $0 > 0 && width % $0 == 0 ? $0 : nil }
    }
    var value = value
    for _ in 0..<16 {
      guard let node = node(value), let first = node.inputs.first else { return nil }
      if node.kind == "Reshape", node.inputs.count == 2 {
        // (texts, tokens, heads, width of a head); one of the last two may be left open
        let shape = sizes(node.inputs[1])
        if shape.count == 4, let last = shape[3], last > 0, width % last == 0 { return width / last }
        if shape.count == 4, let heads = shape[2], heads > 0, width % heads == 0 { return heads }
      }
      value = first
    }
    return nil
  }

  /// The sizes in a shape; nil for computed ones.
  private func sizes(_ value: String) -> [Int?] {
    if let constant = constant(value)?.integers { return constant.map { Int(exactly: $0) } }
    guard let node = node(value), node.kind == "Concat" else { return [] }
    return node.inputs.flatMap { input -> [Int?] in
      guard let constant = constant(input)?.integers else { return [nil] }
      return constant.map { Int(exactly: $0) }
    }
  }
}
