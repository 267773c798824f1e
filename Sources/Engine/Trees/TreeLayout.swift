import EngineKernels
import Platform

/// Decision trees in the memory layout of the kernels that route rows; see tree_routing.h.
public final class TreeLayout: @unchecked Sendable {
  public let trees: DecisionTrees
  let kernel: Buffer<tree_layout>
  /// The number of floats of working memory for routing a block of rows.
  let scratchCount: Int
  /// The maximum number of rows of a block.
  static let lanes = Int(TREE_LANES)
  /// The distance between the leaves of neighbouring trees, for a block of rows.
  static func treeStep(_ rows: Int) -> Int { rows == 1 ? 1 : lanes }
  private let memory: [AnyObject]

  /// - Throws: `outOfMemory`; `unsupported` for more nodes or columns than the kernels can number.
  public init(_ trees: DecisionTrees) throws {
    self.trees = trees
    var derived = DerivedColumns(features: trees.features)
    for tree in trees.trees { for split in tree.splits { derived.note(split) } }
    try derived.arrange()
    for tree in trees.trees { for split in tree.splits { derived.noteNegation(split) } }

    var nodes: [tree_node] = []
    var nodeLeaves: [UInt32] = []
    var shapes: [tree_shape] = []
    var tests: [tree_test] = []
    let largest = trees.trees.map(\.leafCount).max() ?? 1
    let setBits: UInt32 = largest <= 32 ? 32 : largest <= 64 ? 64 : 0
    for tree in trees.trees {
      var shape = tree_shape()
      shape.root = UInt32(nodes.count)
      shape.first_leaf = UInt32(tree.firstLeaf)
      shape.depth = Self.walk(tree, &nodes, &nodeLeaves, derived)
      shape.first_test = UInt32(tests.count)
      if setBits > 0 { tests += Self.tests(tree, derived) }
      shape.tests = UInt32(tests.count) - shape.first_test
      shapes.append(shape)
    }

    let rowTests = try TreeRowTests(shapes, tests, setBits: setBits, derived)
    let shapeMemory = try Buffer(copying: shapes, for: "trees")
    let nodeMemory = try Buffer(copying: nodes, for: "trees")
    let leafMemory = try Buffer(copying: nodeLeaves, for: "trees")
    let testMemory = try Buffer(copying: tests, for: "trees")
    let sets = try Buffer(copying: derived.sets, for: "trees")
    let bits = try Buffer(copying: derived.bits, for: "trees")
    let equalities = try Buffer(copying: derived.equalities, for: "trees")
    let zeros = try Buffer(copying: derived.zeros, for: "trees")
    let negations = try Buffer(copying: derived.negations, for: "trees")
    let order = try Buffer(
      copying: shapes.indices.sorted { shapes[$0].depth < shapes[$1].depth }.map { UInt32($0) }, for: "trees")
    memory =
      [
        shapeMemory, nodeMemory, leafMemory, testMemory, sets, bits, equalities, zeros, negations, order,
      ] + rowTests.memory
    kernel = try Buffer(
      copying: [
        tree_layout(
          features: trees.features, columns: derived.columns, trees: trees.trees.count,
          shapes: shapeMemory.pointer, nodes: nodeMemory.pointer, node_leaf: leafMemory.pointer,
          set_bits: setBits, tests: testMemory.pointer, sets: sets.pointer, sets_count: sets.count,
          bits: bits.pointer, equalities: equalities.pointer, equalities_count: equalities.count,
          zeros: zeros.pointer, zeros_count: zeros.count, negations: negations.pointer,
          negations_count: negations.count, by_depth: order.pointer,
          row: rowTests.kernel)
      ])
    scratchCount = tree_scratch_count(kernel.pointer)
  }

  /// Appends the nodes of one tree and returns its depth. The children of a split are next to each other.
  private static func walk(
    _ tree: DecisionTrees.Tree, _ nodes: inout [tree_node], _ leaves: inout [UInt32],
    _ derived: DerivedColumns
  ) -> UInt32 {
    var depth: UInt32 = 0
    func reserve() -> Int {
      nodes.append(tree_node())
      leaves.append(0)
      return nodes.count - 1
    }
    let covers = tree.covers
    var waiting = [(place: tree.splits.isEmpty ? ~0 : 0, node: reserve(), depth: UInt32(0))]
    while let next = waiting.popLast() {
      depth = max(depth, next.depth)
      guard next.place >= 0 else {
        nodes[next.node] = tree_node(threshold: .infinity, column: 0, first: UInt32(next.node))
        leaves[next.node] = UInt32(tree.firstLeaf + ~next.place)
        continue
      }
      let split = tree.splits[next.place]
      let question = derived.question(split)
      let first = reserve()
      let second = reserve()
      // For a negated question, the left side is the answer no.
      let (a, b) = question.isNegated ? (split.right, split.left) : (split.left, split.right)
      nodes[next.node] = tree_node(
        threshold: question.threshold, column: question.column, first: UInt32(first))
      // The child with more rows comes next in memory.
      let children = [(place: a, node: first, depth: next.depth + 1), (b, second, next.depth + 1)]
      let firstIsCommon = (covers[next.place].left >= covers[next.place].right) != question.isNegated
      waiting += firstIsCommon ? children.reversed() : children
    }
    return depth
  }

  /// The splits of one tree, each as the set of leaves that it excludes.
  private static func tests(_ tree: DecisionTrees.Tree, _ derived: DerivedColumns) -> [tree_test] {
    // The leaves below a split are a range, with those on the side of missing numbers first.
    var ranges = [Range<Int>](repeating: 0..<0, count: tree.splits.count)
    func range(_ place: Int) -> Range<Int> { place >= 0 ? ranges[place] : ~place..<(~place + 1) }
    var result: [tree_test] = []
    for place in tree.splits.indices.reversed() {
      let split = tree.splits[place]
      let (left, right) = (range(split.left), range(split.right))
      let (first, second) = split.missingGoesLeft ? (left, right) : (right, left)
      ranges[place] = first.lowerBound..<second.upperBound
      // A row above the threshold does not reach the leaves of the first side.
      var strikes: (UInt32, UInt32) = (0, 0)
      for leaf in first {
        let bit = UInt32(1) << UInt32(31 - leaf % 32)
        if leaf < 32 { strikes.0 |= bit } else { strikes.1 |= bit }
      }
      let question = derived.question(split)
      result.append(tree_test(threshold: question.threshold, column: question.column, strikes: strikes))
    }
    return result
  }
}

extension TreeLayout {
  /// The leaf of each tree for rows of features, (rows, trees), as floats for `RoutedTrees`.
  ///
  /// - Parameter features: row-major (rows, features).
  public func route(_ features: UnsafePointer<Float>, rows: Int) throws -> Buffer<Float> {
    let count = trees.trees.count
    let (size, overflow) = rows.multipliedReportingOverflow(by: count)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "routed rows") }
    let result = try Buffer<Float>(count: size, for: "routed rows")
    let shards = WorkerPool.shards(of: rows, minimum: 1024)
    let failures = FirstFailure()
    WorkerPool.run(shards: shards.count) { shard in
      failures.catching {
        let scratch = try Buffer<Float>(count: scratchCount, for: "routed rows")
        let leaves = try Buffer<UInt32>(count: Self.lanes * count, for: "routed rows")
        for start in stride(from: shards[shard].lowerBound, to: shards[shard].upperBound, by: Self.lanes) {
          let block = min(Self.lanes, shards[shard].upperBound - start)
          tree_route_block(
            kernel.pointer, features + start * trees.features, block, scratch.pointer, leaves.pointer)
          leaf_floats(leaves.pointer, Self.treeStep(block), block, count, result.pointer + start * count)
        }
      }
    }
    try failures.rethrow()
    return result
  }
}
