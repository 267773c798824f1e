import EngineKernels
import Platform

/// Computes a row's outputs from its leaves, for `TreeEnsemble` and `RoutedTrees`. The values are operand 1,
/// and the bias, if there is one, is operand 2.
public struct LeafSums: Sendable {
  /// How the values of a row's leaves are combined.
  public enum Aggregate: String, CaseIterable, Sendable {
    case sum, minimum, maximum

    var code: leaf_aggregate {
      switch self {
      case .sum: LEAVES_SUM
      case .minimum: LEAVES_MINIMUM
      case .maximum: LEAVES_MAXIMUM
      }
    }
  }

  public let aggregate: Aggregate
  /// 1, or 1 / trees if leaves are averaged.
  public let factor: Float
  private var outputs = 0
  private var trees = 0
  private var valueCount = 0
  private var hasBias = false
  /// Whether the rows are rows or tokens.
  private(set) var lines = Lines.rows
  /// The output of each tree; nil if every leaf has a value for every output.
  private var treeOutputs: Buffer<UInt32>?

  init(_ aggregate: Aggregate, factor: Float) {
    self.aggregate = aggregate
    self.factor = factor
  }

  /// - Throws: `invalidModel` if the counts of values and bias do not fit those of leaves and outputs.
  mutating func resolve(_ trees: DecisionTrees, _ operands: [Operand]) throws -> Shape {
    let values = operands[1].shape
    guard !operands[1].hasRows,
      values.dimensions == [trees.leafCount]
        || values.dimensions == [trees.leafCount, trees.outputs]
    else {
      throw Failure.invalidModel(
        "its values are \(values); (\(trees.leafCount)) or (\(trees.leafCount), \(trees.outputs)) is needed")
    }
    hasBias = operands.count == 3
    if hasBias {
      guard !operands[2].hasRows, operands[2].shape.count == trees.outputs else {
        throw Failure.invalidModel("its bias is \(operands[2].shape); (\(trees.outputs)) is needed")
      }
    }
    lines = operands[0].lines
    outputs = trees.outputs
    self.trees = trees.trees.count
    valueCount = values.count
    treeOutputs =
      values.dimensions.count == 1
      ? try Buffer(copying: trees.trees.map { UInt32($0.output) }, for: "trees") : nil
    return Shape(width: outputs)
  }

  /// The bias, or every leaf of the first tree, one of which each row reaches.
  func outputOffset(_ trees: DecisionTrees, operands count: Int) -> OutputOffset? {
    if count > 2 { return OutputOffset(operand: 2, elements: 0..<1, unit: 1) }
    guard aggregate == .sum, treeOutputs != nil, let first = trees.trees.first else { return nil }
    return OutputOffset(
      operand: 1, elements: first.firstLeaf..<first.firstLeaf + first.leafCount, unit: factor)
  }

  @inline(__always)
  private func withKernel(_ body: (UnsafePointer<leaf_sums>) -> Void) {
    var kernel = leaf_sums(
      trees: trees, outputs: outputs, tree_outputs: treeOutputs.map { UnsafePointer($0.pointer) },
      aggregate: aggregate.code, factor: factor)
    withUnsafePointer(to: &kernel) { body($0) }
  }

  // leaves of some rows → y (rows, outputs)
  @inline(__always)
  func forward(
    _ run: Execution, _ leaves: UnsafePointer<UInt32>, treeStep: Int, rowStep: Int, rows: Int,
    into output: UnsafeMutablePointer<Float>
  ) {
    withKernel {
      leaf_sums_forward(
        $0, leaves, treeStep, rowStep, rows, run.input(1), hasBias ? run.input(2) : nil, output)
    }
  }

  /// Sets to zero the gradients to which nothing has been added yet.
  func clear(_ run: Execution) {
    if let gradient = run.inputGradient(1), !run.accumulates(1) {
      gradient.update(repeating: 0, count: valueCount)
    }
    if hasBias, let gradient = run.inputGradient(2), !run.accumulates(2) {
      gradient.update(repeating: 0, count: outputs)
    }
  }

  // ∂y (rows, outputs) of some rows → ∂values, ∂bias, added to
  @inline(__always)
  func backward(
    _ run: Execution, _ leaves: UnsafePointer<UInt32>, treeStep: Int, rowStep: Int, rows: Int,
    from gradient: UnsafePointer<Float>
  ) {
    if let values = run.inputGradient(1) {
      withKernel { leaf_sums_backward($0, leaves, treeStep, rowStep, rows, run.input(1), gradient, values) }
    }
    if hasBias, let bias = run.inputGradient(2) { bias_backward(gradient, bias, rows, outputs, true) }
  }

  // leaves and ∂y (rows, outputs) of some rows → ‖∂values‖² + ‖∂bias‖² of each row, added to
  @inline(__always)
  func addNorms(
    _ run: Execution, _ leaves: UnsafePointer<UInt32>, treeStep: Int, rowStep: Int, rows: Int,
    from gradient: UnsafePointer<Float>, to norms: UnsafeMutablePointer<Double>
  ) {
    if run.inputGradient(1) != nil {
      withKernel { leaf_sums_norms($0, leaves, treeStep, rowStep, rows, run.input(1), gradient, norms) }
    }
    guard hasBias, run.inputGradient(2) != nil else { return }
    for row in 0..<rows { norms[row] += sum_of_squares(gradient + row * outputs, outputs) }
  }
}
