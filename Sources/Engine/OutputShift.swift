/// Elements of a parameter that shift the outputs of all rows by the same amount, without any other change.
public struct OutputShift: Sendable {
  /// The index of the parameter in the graph.
  public let parameter: Int
  /// The elements to change, all by the same amount.
  public let elements: Range<Int>
  /// The change of the output for a change of the elements by 1.
  public let unit: Float
}

/// The same within one operator: the operand, a parameter, whose elements shift its only output.
public struct OutputOffset: Sendable {
  let operand: Int
  let elements: Range<Int>
  let unit: Float
}

extension Graph {
  /// The parameter that shifts the only output of a network: the bias of its last linear layer or of its
  /// trees, or all leaves of its first tree, one of which each row reaches. nil if the last operator has no
  /// such parameter.
  public var outputShift: OutputShift? {
    guard outputWidth == 1, let node = nodes.last(where: { storage(of: $0.output) == storage(of: output) }),
      let offset = node.operation.outputOffset(operands: node.inputs.count),
      node.inputs.indices.contains(offset.operand),
      case .parameter(let index) = self[node.inputs[offset.operand]].source
    else { return nil }
    return OutputShift(parameter: index, elements: offset.elements, unit: offset.unit)
  }
}
