import EngineKernels
import Platform

/// Layer normalization over the last axis (Ba, Kiros and Hinton 2016, equation 4).
///
///     y = (x − mean(x)) / √(variance(x) + ε) · gain + bias      row by row
///
/// Operands: x, gain (width), bias (width).
public struct LayerNorm: Operator {
  public static let kind = "LayerNorm"
  /// ε, which is added to the variance.
  public let epsilon: Float
  private var width = 1
  private var lines = 1

  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  public var attributes: [JSONValue.Member] { [.init("epsilon", .finite(epsilon))] }
  public var dependence: Dependence { .line }
  public var biasOperand: Int? { 2 }
  public var rowGradients: RowGradients { .norms(self) }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 3...3)
    let shape = operands[0].shape
    guard shape.last > 0, operands[1].shape.count == shape.last, operands[2].shape.count == shape.last,
      !operands[1].hasRows, !operands[2].hasRows
    else {
      throw Failure.invalidModel(
        "normalizes \(shape) with gain \(operands[1].shape) and bias \(operands[2].shape)")
    }
    width = shape.last
    lines = shape.count / width
    return shape
  }

  public var readsOutput: Bool { false }
  public var isCheapToRecompute: Bool { true }
  public var saved: (perLine: Int, fixed: Int) { (2 * lines, 0) }

  // x (rows, width) → y (rows, width); saves mean and 1/deviation (rows each)
  public func forward(_ run: Execution) {
    let rows = run.rows * lines
    layer_norm_forward(
      run.input(0), run.input(1), run.input(2), epsilon, run.output, run.saved, run.saved + rows, rows,
      width)
  }

  // ∂y (rows, width) → ∂x (rows, width), ∂gain (width), ∂bias (width)
  public func backward(_ run: Execution) {
    let rows = run.rows * lines
    layer_norm_backward(
      run.input(0), run.input(1), run.saved, run.saved + rows, run.outputGradient, run.inputGradient(0),
      run.inputGradient(1), run.inputGradient(2), rows, width, run.accumulates(0), run.accumulates(1),
      run.accumulates(2))
  }
}

extension LayerNorm: RowNorms {
  public func rowNormScratch(longest: Int) -> Int { 2 * width }

  // ∂gain and ∂bias of one row after another, (width) each, which are as small as a line
  public func addNorms(
    _ run: Execution, _ rows: RowLines, _ memory: UnsafeMutablePointer<Float>,
    to norms: UnsafeMutablePointer<Double>
  ) {
    let all = run.rows * lines
    let gain = run.inputGradient(1) == nil ? nil : memory
    let bias = run.inputGradient(2) == nil ? nil : memory + width
    for row in 0..<rows.count where !rows[row].isEmpty {
      let (start, count) = (rows[row].lowerBound * lines, rows[row].count * lines)
      layer_norm_backward(
        run.input(0) + start * width, run.input(1), run.saved + start, run.saved + all + start,
        run.outputGradient + start * width, nil, gain, bias, count, width, false, false, false)
      if let gain { norms[row] += sum_of_squares(gain, width) }
      if let bias { norms[row] += sum_of_squares(bias, width) }
    }
  }
}
