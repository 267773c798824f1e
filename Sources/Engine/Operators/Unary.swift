import Kernels
import Platform

/// Elementwise mathematics of one operand, y = f(x): what a file computes between its layers.
public struct Unary: Operator {
  public static let kind = "Unary"

  public enum Function: String, CaseIterable, Sendable {
    case negate, absolute, squareRoot, exponential, logarithm, reciprocal, errorFunction

    var code: unary_kind {
      switch self {
      case .negate: UNARY_NEGATE
      case .absolute: UNARY_ABSOLUTE
      case .squareRoot: UNARY_SQUARE_ROOT
      case .exponential: UNARY_EXPONENTIAL
      case .logarithm: UNARY_LOGARITHM
      case .reciprocal: UNARY_RECIPROCAL
      case .errorFunction: UNARY_ERROR_FUNCTION
      }
    }
  }

  public let function: Function
  private var count = 0

  public init(_ function: Function) { self.function = function }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    count = operands[0].shape.count
    return operands[0].shape
  }

  // x (rows, …) → y (rows, …)
  public func forward(_ step: Step) {
    unary_forward(function.code, step.input(0), step.output, step.rows * count)
  }

  // ∂x = ∂y · f'(x)
  public func backward(_ step: Step) {
    guard let gradient = step.inputGradient(0) else { return }
    unary_backward(
      function.code, step.input(0), step.output, step.outputGradient, gradient, step.rows * count,
      step.accumulates(0))
  }
}
