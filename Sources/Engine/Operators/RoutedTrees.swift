import Kernels
import Platform

/// An ensemble of decision trees for rows that were routed before: as long as splits stay as they are, so does the
/// leaf of every row, and training looks for it once.
///
/// Operands: the leaf of each tree (trees), as floats; values and bias as of `TreeEnsemble`.
public struct RoutedTrees: Operator {
  public static let kind = "RoutedTrees"
  let layout: TreeLayout
  private(set) var sums: LeafSums

  private var count: Int { layout.trees.trees.count }

  init(_ ensemble: TreeEnsemble) {
    layout = ensemble.layout
    sums = ensemble.sums
  }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...3)
    guard operands[0].hasRows, operands[0].shape.count == count else {
      throw Failure.invalidModel("its input is \(operands[0].shape); the leaves of \(count) trees are needed")
    }
    return try sums.resolve(layout.trees, operands)
  }

  // Rows share what is kept.
  public var sharing: Sharing { .none }

  // The leaves as whole numbers.
  public var kept: (perRow: Int, fixed: Int) { (count, 0) }

  private func leaves(_ step: Step) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(step.kept).assumingMemoryBound(to: UInt32.self)
  }

  // leaves (rows, trees) → y (rows, outputs)
  public func forward(_ step: Step) {
    let leaves = leaves(step)
    leaf_numbers(step.input(0), step.rows * count, UInt32(layout.trees.leafCount), leaves)
    sums.forward(step, leaves, treeStep: 1, rowStep: count, rows: step.rows, into: step.output)
  }

  // as of TreeEnsemble
  public func backward(_ step: Step) {
    if let gradient = step.inputGradient(0), !step.accumulates(0) {
      gradient.update(repeating: 0, count: step.rows * count)
    }
    sums.clear(step)
    sums.backward(
      step, leaves(step), treeStep: 1, rowStep: count, rows: step.rows, from: step.outputGradient)
  }
}
