import Platform

extension DecisionTrees {
  /// These trees, and behind them those of another ensemble of the same features and outputs.
  ///
  /// - Parameter change: what stands in the place of another's split, and whether its children change sides.
  /// - Returns: the trees, and for each leaf that came with the others its number among theirs.
  public func appending(
    _ others: DecisionTrees, changing change: (Split) -> (split: Split, changesSides: Bool)
  ) throws -> (DecisionTrees, [Int]) {
    guard others.features == features, others.outputs == outputs else {
      throw Failure.internal("trees of \(others.features) features for some of \(features)")
    }
    var result = self
    var order: [Int] = []
    for tree in others.trees { order += try result.add(tree, changing: change) }
    return (result, order)
  }

  /// Those of the trees that `keeps` says, by their places.
  ///
  /// - Returns: the trees, and for each of their leaves its number among these.
  public func keeping(_ keeps: [Bool]) throws -> (DecisionTrees, [Int]) {
    var kept = try DecisionTrees(features: features, outputs: outputs)
    var order: [Int] = []
    for (tree, stays) in zip(trees, keeps) where stays {
      order += try kept.add(tree) { ($0, false) }
    }
    return (kept, order)
  }

  /// - Returns: for each leaf of the tree its number among those of the ensemble that it came from.
  private mutating func add(
    _ tree: Tree, changing change: (Split) -> (split: Split, changesSides: Bool)
  ) throws -> [Int] {
    // Splits have the numbers of their places, leaves those behind them.
    let count = tree.splits.count
    func number(_ place: Int) -> Int { place >= 0 ? place : count + ~place }
    let leaves = try add(
      output: tree.output, root: number(count > 0 ? 0 : ~0), count: count + tree.leafCount
    ) { node in
      guard node < count else { return .leaf(cover: tree.cover[node - count]) }
      let old = tree.splits[node]
      let (split, changesSides) = change(old)
      let (left, right) = (number(old.left), number(old.right))
      return .split(split, left: changesSides ? right : left, right: changesSides ? left : right)
    }
    return leaves.map { tree.firstLeaf + $0 - count }
  }
}

extension Graph {
  /// The same network with more trees in its ensemble, whose leaves have a number each.
  ///
  /// - Parameters:
  ///   - trees: those of the ensemble, and others behind them.
  ///   - values: of the leaves of the others.
  public func growing(to trees: DecisionTrees, values: [Float]) throws -> Graph {
    guard let (place, old) = soleEnsemble, case .parameter(let index) = self[nodes[place].inputs[1]].source,
      parameters[index].values.count == old.trees.leafCount,
      trees.leafCount == old.trees.leafCount + values.count
    else { throw Failure.internal("trees of another network") }
    let known = old.trees.leafCount
    let result = try replacing(trees, leaves: Array(0..<trees.leafCount))
    for (leaf, value) in values.enumerated() {
      result.parameters[index].values.pointer[known + leaf] = value
    }
    return result
  }
}
