import Platform

extension Graph {
  /// The same network with less to compute where of a value of tokens only the first, or the last, of each text is
  /// read in the end: such a value is computed of that token alone.
  ///
  /// Under a classifier that reads [CLS] these are the last layer's queries and all that follows its attention,
  /// five sixths of the layer's products: what other tokens would get there, nobody sees. Weights, inputs and outputs
  /// stay as they are.
  func narrowed() throws -> Graph {
    let narrow = narrowValues
    guard !narrow.isEmpty else { return self }
    var pooled: [TokenPooling.Function: [ValueID: ValueID]] = [:]
    return try rewritten { builder, node, inputs in
      if node.operation is TokenPooling, let input = inputs.first, builder.lines(of: input) == .rows {
        return input
      }
      guard let function = narrow[node.output.index] else { return nil }
      var operands = inputs
      for (position, input) in inputs.enumerated() where node.operation.readsSameLine(ofOperand: position) {
        guard builder.lines(of: input) == .tokens else { continue }
        // Before the others that read it, so that backward adds these few lines to gradients that are there.
        let one =
          try pooled[function]?[input]
          ?? builder.apply(TokenPooling(function), to: [input], name: "\(node.name).\(function.rawValue)")
        pooled[function, default: [:]][input] = one
        operands[position] = one
      }
      return try builder.apply(node.operation, to: operands, name: node.name)
    }
  }

  /// The nodes' outputs of which one token of each text is read, and which.
  private var narrowValues: [Int: TokenPooling.Function] {
    var narrow: [Int: TokenPooling.Function] = [:]
    // What the readers of a value want of it, until one of them wants more, or another token.
    var wanted: [Int: TokenPooling.Function] = [:]
    var wholes = Set([storage(of: output).index])
    for value in values { if case .reshaped(let original) = value.source { wholes.insert(original.index) } }
    for node in nodes.reversed() {
      let (operation, result) = (node.operation, node.output.index)
      var function = (operation as? TokenPooling)?.ofOneToken
      if self[node.output].lines == .tokens, !wholes.contains(result), let one = wanted[result],
        operation.canNarrow(to: one)
      {
        narrow[result] = one
        function = one
      }
      for (position, input) in node.inputs.enumerated() {
        guard let function, operation is TokenPooling || operation.readsSameLine(ofOperand: position),
          wanted[input.index] ?? function == function
        else {
          wholes.insert(input.index)
          continue
        }
        wanted[input.index] = function
      }
    }
    return narrow
  }
}

extension TokenPooling {
  fileprivate var ofOneToken: Function? { function == .first || function == .last ? function : nil }
}

extension Operator {
  /// Whether a line of the output depends on no other line of that operand.
  fileprivate func readsSameLine(ofOperand position: Int) -> Bool {
    !(self is DisentangledAttention) && (!(self is Attention) || position == 0)
  }

  /// Whether the lines of one token of each text can be computed without those of others.
  fileprivate func canNarrow(to function: TokenPooling.Function) -> Bool {
    // A line's place among its text's, which attention reads, is last where all are seen.
    if let attention = self as? Attention { return !attention.causal || function == .last }
    return (sharing == .lines || self is Linear) && statistics.isEmpty && !needsWholeBatch
  }
}
