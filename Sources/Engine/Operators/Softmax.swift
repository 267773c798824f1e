import Kernels
import Platform

/// Softmax over the last axis: yⱼ = e^xⱼ / Σ e^x.
public struct Softmax: Operator {
  public static let kind = "Softmax"
  private var width = 1
  private var lines = 1

  public init() {}

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    let shape = operands[0].shape
    guard shape.last > 0 else { throw Failure.invalidModel("is over an axis of no elements") }
    width = shape.last
    lines = shape.count / width
    return shape
  }

  // x (rows, width) → y (rows, width)
  public func forward(_ step: Step) {
    softmax_forward(step.input(0), step.output, step.rows * lines, width)
  }

  // ∂x = y (∂y − Σ ∂y y)
  public func backward(_ step: Step) {
    guard let gradient = step.inputGradient(0) else { return }
    softmax_backward(
      step.output, step.outputGradient, gradient, step.rows * lines, width, step.accumulates(0))
  }
}
