import EngineKernels
import Platform

/// An elementwise function of one operand, y = f(x), for the mathematics between the layers of a file.
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

  public var attributes: [JSONValue.Member] { [.init("function", .string(function.rawValue))] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    count = operands[0].shape.count
    return operands[0].shape
  }

  // x (rows, …) → y (rows, …)
  public func forward(_ run: Execution) {
    unary_forward(function.code, run.input(0), run.output, run.rows * count)
  }

  // ∂x = ∂y · f'(x)
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    unary_backward(
      function.code, run.input(0), run.output, run.outputGradient, gradient, run.rows * count,
      run.accumulates(0))
  }
}
