import Platform

extension Graph {
  /// The same network with pruning of unused positions: where only the first, or only the last, token of each
  /// text is read in the end, values are computed for that token alone.
  ///
  /// In a classifier that reads [CLS], this affects the last layer's queries and everything after its
  /// attention, five sixths of the layer's products. Weights, inputs and outputs do not change.
  func withUnusedPositionsPruned() throws -> Graph {
    let pruned = prunedValues
    guard !pruned.isEmpty else { return self }
    var pooled: [SelectedToken: [ValueID: ValueID]] = [:]
    return try rewritten { builder, node, inputs in
      if node.operation.selectedToken != nil, let input = inputs.first, builder.lines(of: input) == .rows {
        let sequence = self[node.inputs[0]].lines
        guard let tokens = builder.graph.inputs.first(where: { builder.lines(of: $0) == sequence }) else {
          throw Failure.internal("a text without an input")
        }
        return try builder.apply(EmptyTexts(), to: [input, tokens], name: node.name)
      }
      guard let token = pruned[node.output.index] else { return nil }
      var operands = inputs
      for (position, input) in inputs.enumerated()
      where node.operation.dependence(onOperand: position) == .line {
        guard builder.lines(of: input).axis != nil else { continue }
        // Inserted before the other readers of the operand, so that backward adds these few lines to existing
        // gradients.
        let function: TokenPooling.Function = token == .first ? .first : .last
        let one =
          try pooled[token]?[input]
          ?? builder.apply(TokenPooling(function), to: [input], name: "\(node.name).\(function.rawValue)")
        pooled[token, default: [:]][input] = one
        operands[position] = one
      }
      return try builder.apply(node.operation, to: operands, name: node.name, part: node.part)
    }
  }

  /// The outputs of which only one token of each text is read, and which token.
  private var prunedValues: [Int: SelectedToken] {
    var pruned: [Int: SelectedToken] = [:]
    // The token that the readers of a value need, until one of them needs another token or all tokens.
    var wanted: [Int: SelectedToken] = [:]
    var wholes = Set(ends.map { storage(of: $0).index })
    for value in values { if case .reshaped(let original) = value.source { wholes.insert(original.index) } }
    for node in nodes.reversed() {
      let (operation, result) = (node.operation, node.output.index)
      var token = operation.selectedToken
      if self[node.output].lines.axis != nil, !wholes.contains(result), let one = wanted[result],
        operation.canCompute(only: one, operands: node.inputs.count)
      {
        pruned[result] = one
        token = one
      }
      for (position, input) in node.inputs.enumerated() {
        guard let token,
          operation.selectedToken != nil || operation.dependence(onOperand: position) == .line,
          wanted[input.index] ?? token == token
        else {
          wholes.insert(input.index)
          continue
        }
        wanted[input.index] = token
      }
    }
    return pruned
  }
}

extension OperatorDefinition {
  /// Whether the output of one token of each text can be computed without the outputs of the others.
  fileprivate func canCompute(only token: SelectedToken, operands count: Int) -> Bool {
    guard statistics.isEmpty else { return false }
    switch dependence {
    case .line: return true
    case .batch: return false
    // An operator with one line for a text sees all tokens, as at the position of the last one.
    case .textSoFar where token == .first: return false
    case .text, .textSoFar: return (0..<count).contains { dependence(onOperand: $0) == .line }
    }
  }
}
