import EngineKernels
import Platform

/// Softmax over the last axis: yⱼ = e^xⱼ / Σ e^x.
public struct Softmax: Operator {
  public static let kind = "Softmax"
  private var width = 1
  private var lines = 1

  public init() {}

  public var attributes: [JSONValue.Member] { [] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    let shape = operands[0].shape
    guard shape.last > 0 else { throw Failure.invalidModel("is over an axis of no elements") }
    width = shape.last
    lines = shape.count / width
    return shape
  }

  // x (rows, width) → y (rows, width)
  public func forward(_ run: Execution) {
    softmax_forward(run.input(0), run.output, run.rows * lines, width)
  }

  // ∂x = y (∂y − Σ ∂y y)
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    softmax_backward(
      run.output, run.outputGradient, gradient, run.rows * lines, width, run.accumulates(0))
  }
}
