import Platform

extension DecisionTrees {
  /// These trees, followed by those of another ensemble with the same features and outputs.
  ///
  /// - Parameter change: returns the replacement of a split of the other ensemble, and whether its children
  ///   are swapped.
  /// - Returns: the trees, and for each leaf added from the other ensemble its number there.
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

  /// The trees for which `keeps` is true.
  ///
  /// - Returns: the trees, and for each of their leaves its number in this ensemble.
  public func keeping(_ keeps: [Bool]) throws -> (DecisionTrees, [Int]) {
    var kept = try DecisionTrees(features: features, outputs: outputs)
    var order: [Int] = []
    for (tree, stays) in zip(trees, keeps) where stays {
      order += try kept.add(tree) { ($0, false) }
    }
    return (kept, order)
  }

  /// - Returns: for each leaf of the tree its number in the ensemble that it came from.
  private mutating func add(
    _ tree: Tree, changing change: (Split) -> (split: Split, changesSides: Bool)
  ) throws -> [Int] {
    // Splits are numbered by their indices, leaves after them.
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
  /// The same network with more trees in its ensemble, for ensembles with one value for each leaf.
  ///
  /// - Parameters:
  ///   - trees: the trees of the ensemble, followed by the new ones.
  ///   - values: the values of the new trees' leaves.
  public func growing(to trees: DecisionTrees, values: [Float]) throws -> Graph {
    guard let (place, old) = soleEnsemble, case .parameter(let index) = self[nodes[place].inputs[1]].source,
      parameters[index].count == old.trees.leafCount,
      trees.leafCount == old.trees.leafCount + values.count
    else { throw Failure.internal("trees of another network") }
    let known = old.trees.leafCount
    let result = try replacing(trees, leaves: Array(0..<trees.leafCount))
    let leaves = try result.parameters[index].values
    for (leaf, value) in values.enumerated() { leaves.pointer[known + leaf] = value }
    return result
  }

  /// The same network with other trees, for ensembles with one value for each leaf.
  ///
  /// - Parameter values: the values of the trees' leaves.
  public func replacing(_ trees: DecisionTrees, values: [Float]) throws -> Graph {
    guard let place = soleEnsemble?.place, case .parameter(let index) = self[nodes[place].inputs[1]].source,
      trees.leafCount == values.count
    else { throw Failure.internal("values of other trees") }
    // No leaf takes the value of an old one.
    let result = try replacing(trees, leaves: Array(repeating: -1, count: values.count))
    let leaves = try result.parameters[index].values
    for (leaf, value) in values.enumerated() { leaves.pointer[leaf] = value }
    return result
  }
}
