import Kernels
import Platform

/// Decision trees in the memory in which kernels route rows through them; see tree_routing.h.
public final class TreeLayout: @unchecked Sendable {
  public let trees: DecisionTrees
  let kernel: Buffer<tree_layout>
  /// Floats of memory that routing a block of rows needs.
  let scratchCount: Int
  /// The most rows of a block.
  static let lanes = Int(TREE_LANES)
  private let memory: [AnyObject]

  /// - Throws: `outOfMemory`, `unsupported` for more than kernels can number.
  public init(_ trees: DecisionTrees) throws {
    self.trees = trees
    var derived = DerivedColumns(features: trees.features)
    for tree in trees.trees { for split in tree.splits { derived.note(split) } }
    try derived.arrange()

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
      if setBits > 0 {
        let own = Self.tests(tree, derived, bits: Int(setBits))
        tests += own.missingLeft
        shape.missing_right = UInt32(tests.count)
        tests += own.missingRight
      }
      shape.end_test = UInt32(tests.count)
      shapes.append(shape)
    }

    let shapeMemory = try Buffer(copying: shapes, for: "trees")
    let nodeMemory = try Buffer(copying: nodes, for: "trees")
    let leafMemory = try Buffer(copying: nodeLeaves, for: "trees")
    let testMemory = try Buffer(copying: tests, for: "trees")
    let sets = try Buffer(copying: derived.sets, for: "trees")
    let bits = try Buffer(copying: derived.bits, for: "trees")
    let equalities = try Buffer(copying: derived.equalities, for: "trees")
    let zeros = try Buffer(copying: derived.zeros, for: "trees")
    memory = [shapeMemory, nodeMemory, leafMemory, testMemory, sets, bits, equalities, zeros]
    kernel = try Buffer(
      copying: [
        tree_layout(
          features: trees.features, columns: derived.columns, trees: trees.trees.count,
          shapes: shapeMemory.pointer, nodes: nodeMemory.pointer, node_leaf: leafMemory.pointer,
          set_bits: setBits, tests: testMemory.pointer, sets: sets.pointer, sets_count: sets.count,
          bits: bits.pointer, equalities: equalities.pointer, equalities_count: equalities.count,
          zeros: zeros.pointer, zeros_count: zeros.count)
      ])
    scratchCount = tree_scratch_count(kernel.pointer)
  }

  /// Appends the nodes of one tree, and returns its depth. The children of a split are neighbours.
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
      // A missing number is never greater, so it takes the first child.
      let (a, b) = split.missingGoesLeft ? (split.left, split.right) : (split.right, split.left)
      nodes[next.node] =
        split.missingGoesLeft
        ? tree_node(threshold: question.threshold, column: question.column, first: UInt32(first))
        // Left where x ≤ t, that is −x ≥ −t, that is −x above the number before −t.
        : tree_node(
          threshold: (-question.threshold).nextDown, column: question.column | 0x8000_0000,
          first: UInt32(first))
      waiting.append((b, second, next.depth + 1))
      waiting.append((a, first, next.depth + 1))
    }
    return depth
  }

  /// The splits of one tree as sets of leaves.
  private static func tests(_ tree: DecisionTrees.Tree, _ derived: DerivedColumns, bits: Int) -> (
    missingLeft: [tree_test], missingRight: [tree_test]
  ) {
    // Leaves below a place: a range, as they are numbered from left to right.
    var ranges = [Range<Int>](repeating: 0..<0, count: tree.splits.count)
    func range(_ place: Int) -> Range<Int> { place >= 0 ? ranges[place] : ~place..<(~place + 1) }
    var result: (missingLeft: [tree_test], missingRight: [tree_test]) = ([], [])
    for place in tree.splits.indices.reversed() {
      let split = tree.splits[place]
      let (left, right) = (range(split.left), range(split.right))
      ranges[place] = left.lowerBound..<right.upperBound
      var keeps = UInt64.max
      for leaf in left { keeps &= ~(UInt64(1) << UInt64(bits - 1 - leaf)) }
      let question = derived.question(split)
      let test = tree_test(threshold: question.threshold, column: question.column, keeps: keeps)
      if split.missingGoesLeft { result.missingLeft.append(test) } else { result.missingRight.append(test) }
    }
    return result
  }
}

extension TreeLayout {
  /// The leaf of each tree for rows of features: (rows, trees), as the floats that `RoutedTrees` reads.
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
          leaf_floats(leaves.pointer, Self.lanes, block, count, result.pointer + start * count)
        }
      }
    }
    try failures.rethrow()
    return result
  }
}
