import EngineKernels
import Platform

/// An ensemble of decision trees for rows that are already routed to their leaves. The leaf of a row does not
/// change while the splits do not, so training searches for it only once.
///
/// Operands: the leaf of each tree (trees), as floats; values and bias as in `TreeEnsemble`.
public struct RoutedTrees: Operator {
  public static let kind = "RoutedTrees"
  let layout: TreeLayout
  private(set) var sums: LeafSums

  private var count: Int { layout.trees.trees.count }

  init(_ ensemble: TreeEnsemble) {
    layout = ensemble.layout
    sums = ensemble.sums
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("aggregate", .string(sums.aggregate.rawValue)), .init("factor", .finite(sums.factor)),
      .init("ensemble", layout.trees.json),
    ]
  }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { sums.lines == .rows ? .norms(self) : .none }
  public func outputOffset(operands count: Int) -> OutputOffset? {
    sums.outputOffset(layout.trees, operands: count)
  }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...3)
    guard operands[0].hasRows, operands[0].shape.count == count else {
      throw Failure.invalidModel("its input is \(operands[0].shape); the leaves of \(count) trees are needed")
    }
    return try sums.resolve(layout.trees, operands)
  }

  // Only training uses it, and divides rows among shards.
  public var sharing: Sharing { .none }

  // The leaves as integers.
  public var saved: (perLine: Int, fixed: Int) { (count, 0) }

  private func leaves(_ run: Execution) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(run.saved).assumingMemoryBound(to: UInt32.self)
  }

  // leaves (rows, trees) → y (rows, outputs)
  public func forward(_ run: Execution) {
    let leaves = leaves(run)
    leaf_numbers(run.input(0), run.rows * count, UInt32(layout.trees.leafCount), leaves)
    sums.forward(run, leaves, treeStep: 1, rowStep: count, rows: run.rows, into: run.output)
  }

  // as in TreeEnsemble
  public func backward(_ run: Execution) {
    if let gradient = run.inputGradient(0), !run.accumulates(0) {
      gradient.update(repeating: 0, count: run.rows * count)
    }
    sums.clear(run)
    sums.backward(
      run, leaves(run), treeStep: 1, rowStep: count, rows: run.rows, from: run.outputGradient)
  }
}

extension RoutedTrees: RowNorms {
  // as in TreeEnsemble
  public func addNorms(
    _ run: Execution, _ rows: RowLines, _ memory: UnsafeMutablePointer<Float>,
    to norms: UnsafeMutablePointer<Double>
  ) {
    sums.addNorms(
      run, leaves(run), treeStep: 1, rowStep: count, rows: run.rows, from: run.outputGradient, to: norms)
  }
}
