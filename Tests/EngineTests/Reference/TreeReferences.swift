@testable import Engine

let treeReferences: [String: Reference] = [
  TreeEnsemble.kind: defined {
    (ensemble: TreeEnsemble, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let x = operands[0]
    return (0..<x.lines).flatMap { line in
      combined(ensemble.trees.trees.map { leaf($0, x[line]) }, ensemble.trees, ensemble.sums, operands)
    }
  },
  RoutedTrees.kind: defined {
    (routed: RoutedTrees, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let leaves = operands[0]
    return (0..<leaves.lines).flatMap { line in
      combined(leaves[line].map { Int($0) }, routed.layout.trees, routed.sums, operands)
    }
  },
]

/// The number of the leaf, among those of all trees, that a row reaches.
private func leaf(_ tree: DecisionTrees.Tree, _ row: [Double]) -> Int {
  var place = tree.splits.isEmpty ? ~0 : 0
  while place >= 0 {
    let split = tree.splits[place]
    let x = row[split.feature]
    let isTrue: Bool
    if x.isNaN || split.zeroIsMissing && abs(x) <= 1e-35 {
      isTrue = split.missingGoesLeft
    } else {
      switch split.comparison {
      case .less: isTrue = x < split.threshold
      case .lessOrEqual: isTrue = x <= split.threshold
      case .equal: isTrue = x == split.threshold
      case .inSet: isTrue = split.categories.contains(Int(x))
      }
    }
    place = isTrue ? split.left : split.right
  }
  return tree.firstLeaf + ~place
}

/// The outputs of one row from the leaf of each tree.
private func combined(
  _ leaves: [Int], _ trees: DecisionTrees, _ sums: LeafSums, _ operands: [ReferenceValue]
) -> [Double] {
  let values = operands[1]
  return (0..<trees.outputs).map { output in
    let own = leaves.enumerated().compactMap { tree, leaf -> Double? in
      if values.shape.count == 2 { return values.numbers[leaf * trees.outputs + output] }
      return trees.trees[tree].output == output ? values.numbers[leaf] : nil
    }
    let result =
      switch sums.aggregate {
      case .sum: own.reduce(0, +)
      case .minimum: own.min() ?? 0
      case .maximum: own.max() ?? 0
      }
    return Double(sums.factor) * result + (operands.count > 2 ? operands[2].numbers[output] : 0)
  }
}
