/// Parameters by which the outputs of all rows can be shifted by the same amount, without any other change.
public struct OutputShift: Sendable {
  public let parameter: Int
  /// The elements to move, all by the same amount.
  public let elements: Range<Int>
  /// By how much the output moves for each unit.
  public let unit: Float
}

/// The same within one operator: the operand, a parameter, that shifts its only output.
public struct OutputOffset: Sendable {
  let operand: Int
  let elements: Range<Int>
  let unit: Float
}

extension Graph {
  /// How the only output of a network is shifted: by the bias of its last linear layer or of its trees, or by every leaf
  /// of its first tree, one of which each row reaches. nil if the last operator has no such parameter.
  public var outputShift: OutputShift? {
    guard outputWidth == 1, let node = nodes.last(where: { storage(of: $0.output) == storage(of: output) }),
      let offset = node.operation.outputOffset(operands: node.inputs.count),
      node.inputs.indices.contains(offset.operand),
      case .parameter(let index) = self[node.inputs[offset.operand]].source
    else { return nil }
    return OutputShift(parameter: index, elements: offset.elements, unit: offset.unit)
  }
}
