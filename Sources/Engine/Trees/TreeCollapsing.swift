import Platform

extension DecisionTrees {
  /// The same trees without some of their splits.
  ///
  /// - Parameter choice: returns the child that replaces a split of a tree; nil to keep the split.
  /// - Returns: the trees, and for each of their leaves the number of the same leaf in these trees.
  public func collapsing(_ choice: (_ tree: Tree, _ split: Int) -> Side?) throws -> (DecisionTrees, [Int]) {
    var result = try DecisionTrees(features: features, outputs: outputs)
    var kept: [Int] = []
    for tree in trees {
      // Splits are numbered by their indices, leaves after them.
      let count = tree.splits.count
      func number(_ place: Int) -> Int { place >= 0 ? place : count + ~place }
      func settled(_ place: Int) -> Int {
        var place = place
        while place >= 0, let side = choice(tree, place) {
          place = side == .left ? tree.splits[place].left : tree.splits[place].right
        }
        return number(place)
      }
      let leaves = try result.add(
        output: tree.output, root: settled(count > 0 ? 0 : ~0), count: count + tree.leafCount
      ) { number in
        guard number < count else { return .leaf(cover: tree.cover[number - count]) }
        let split = tree.splits[number]
        return .split(split, left: settled(split.left), right: settled(split.right))
      }
      kept += leaves.map { tree.firstLeaf + $0 - count }
    }
    return (result, kept)
  }

  /// A child of a split.
  public enum Side: Sendable { case left, right }

  /// The same trees without the splits that read some features. The child with the larger cover replaces each
  /// of them.
  public func ignoring(features ignored: Set<Int>) throws -> (DecisionTrees, [Int]) {
    var memory: (firstLeaf: Int, covers: [(left: Float, right: Float)]) = (-1, [])
    return try collapsing { tree, place in
      guard ignored.contains(tree.splits[place].feature) else { return nil }
      if memory.firstLeaf != tree.firstLeaf { memory = (tree.firstLeaf, tree.covers) }
      return memory.covers[place].right > memory.covers[place].left ? .right : .left
    }
  }
}

extension DecisionTrees.Tree {
  /// The cover below each split, on its left and right side.
  public var covers: [(left: Float, right: Float)] {
    var covers = [(left: Float, right: Float)](repeating: (0, 0), count: splits.count)
    func below(_ place: Int) -> Float {
      place >= 0
        ? min(covers[place].left + covers[place].right, .greatestFiniteMagnitude) : cover[~place]
    }
    // Children come after their parents.
    for place in splits.indices.reversed() {
      covers[place] = (below(splits[place].left), below(splits[place].right))
    }
    return covers
  }
}
