import EngineKernels
import Platform

/// An ensemble of decision trees. Every tree routes a row to one of its leaves, and the outputs are computed
/// from the leaves' values.
///
///     y = factor · Σ over trees value(leaf of x in the tree) + bias        (or the minimum or maximum value)
///
/// Operands: x (features), values (leaves), or (leaves, outputs) if leaves have a value for every output, and
/// optionally bias (outputs). Splits are constants of the operator, and x has no gradient.
public struct TreeEnsemble: Operator {
  public static let kind = "TreeEnsemble"
  public let layout: TreeLayout
  public private(set) var sums: LeafSums
  private var inputWidth = 0

  public var trees: DecisionTrees { layout.trees }

  public init(_ layout: TreeLayout, _ aggregate: LeafSums.Aggregate = .sum, factor: Float = 1) {
    self.layout = layout
    sums = LeafSums(aggregate, factor: factor)
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("aggregate", .string(sums.aggregate.rawValue)), .init("factor", .finite(sums.factor)),
      .init("ensemble", trees.json),
    ]
  }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { sums.lines == .rows ? .norms(self) : .none }
  public var role: OperatorRole { .trees(self) }
  public var acceptsMissing: Bool { true }
  public func outputOffset(operands count: Int) -> OutputOffset? { sums.outputOffset(trees, operands: count) }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...3)
    guard operands[0].hasRows, operands[0].shape.count == trees.features else {
      throw Failure.invalidModel(
        "its input has \(operands[0].shape.count) columns where the trees read \(trees.features)")
    }
    inputWidth = operands[0].shape.count
    return try sums.resolve(trees, operands)
  }

  // The rows of a block share the saved leaves.
  public var sharing: Sharing { .none }

  // Forward saves the leaves (trees · lanes for each block of rows). The rest is working memory for routing.
  public var saved: (perLine: Int, fixed: Int) {
    (trees.trees.count, TreeLayout.lanes * trees.trees.count + layout.scratchCount)
  }

  // x (rows, features) → leaves (blocks of rows, trees, lanes) → y (rows, outputs)
  public func forward(_ run: Execution) {
    forEachBlock(run) { start, rows, leaves, scratch in
      tree_route_block(layout.kernel.pointer, run.input(0) + start * inputWidth, rows, scratch, leaves)
      sums.forward(
        run, leaves, treeStep: TreeLayout.treeStep(rows), rowStep: 1, rows: rows,
        into: run.output + start * trees.outputs)
    }
  }

  // ∂values[leaf of each tree] += factor · ∂y; ∂bias = Σ ∂y; x has no gradient
  public func backward(_ run: Execution) {
    if let gradient = run.inputGradient(0), !run.accumulates(0) {
      gradient.update(repeating: 0, count: run.rows * inputWidth)
    }
    sums.clear(run)
    forEachBlock(run) { start, rows, leaves, _ in
      sums.backward(
        run, leaves, treeStep: TreeLayout.treeStep(rows), rowStep: 1, rows: rows,
        from: run.outputGradient + start * trees.outputs)
    }
  }

  /// Calls `body` with blocks of neighbouring rows and the memory for their leaves. In training each block
  /// has separate memory, which backward reads.
  @inline(__always)
  private func forEachBlock(
    _ run: Execution, _ body: (Int, Int, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<Float>) -> Void
  ) {
    let lanes = TreeLayout.lanes
    let size = lanes * trees.trees.count
    let scratch = run.saved
    let memory = UnsafeMutableRawPointer(run.saved + layout.scratchCount)
      .assumingMemoryBound(to: UInt32.self)
    var start = 0
    while start < run.rows {
      let leaves = run.isTraining ? memory + start / lanes * size : memory
      body(start, min(lanes, run.rows - start), leaves, scratch)
      start += lanes
    }
  }
}

extension TreeEnsemble: RowNorms {
  // Each tree adds the square of what its leaf adds to: ‖∂values‖² = Σ over trees (factor · ∂y)².
  public func addNorms(
    _ run: Execution, _ rows: RowLines, _ memory: UnsafeMutablePointer<Float>,
    to norms: UnsafeMutablePointer<Double>
  ) {
    forEachBlock(run) { start, rows, leaves, _ in
      sums.addNorms(
        run, leaves, treeStep: TreeLayout.treeStep(rows), rowStep: 1, rows: rows,
        from: run.outputGradient + start * trees.outputs, to: norms + start)
    }
  }
}
