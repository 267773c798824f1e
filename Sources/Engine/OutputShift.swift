/// Parameters by which all rows' outputs can be moved alike, without a change of anything else.
public struct OutputShift: Sendable {
  public let parameter: Int
  /// The elements to move, all by the same amount.
  public let elements: Range<Int>
  /// By how much the output moves for each unit.
  public let unit: Float
}

extension Graph {
  /// How the only output of a network is shifted: by the bias of its last linear layer or of its trees, or by every leaf
  /// of its first tree, one of which each row reaches. nil where the output is made by another operator.
  public var outputShift: OutputShift? {
    guard outputWidth == 1, let node = nodes.last(where: { storage(of: $0.output) == storage(of: output) })
    else { return nil }
    func parameter(_ position: Int) -> Int? {
      guard node.inputs.indices.contains(position),
        case .parameter(let index) = self[node.inputs[position]].source
      else { return nil }
      return index
    }
    if node.operation is Linear {
      return parameter(2).map { OutputShift(parameter: $0, elements: 0..<1, unit: 1) }
    }
    let sums: LeafSums
    let trees: DecisionTrees
    switch node.operation {
    case let ensemble as TreeEnsemble: (sums, trees) = (ensemble.sums, ensemble.trees)
    case let routed as RoutedTrees: (sums, trees) = (routed.sums, routed.layout.trees)
    default: return nil
    }
    if let bias = parameter(2) { return OutputShift(parameter: bias, elements: 0..<1, unit: 1) }
    guard let leaves = parameter(1), sums.aggregate == .sum, parameters[leaves].shape.dimensions.count == 1,
      let first = trees.trees.first
    else { return nil }
    return OutputShift(
      parameter: leaves, elements: first.firstLeaf..<first.firstLeaf + first.leafCount, unit: sums.factor)
  }
}
