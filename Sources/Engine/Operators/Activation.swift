import EngineKernels
import Platform

/// An elementwise nonlinearity y = f(x).
public struct Activation: Operator {
  public static let kind = "Activation"

  public enum Function: String, CaseIterable, Sendable {
    case relu, leakyReLU, elu, gelu, geluTanh, tanh, sigmoid, softplus, silu, swish, mish, hardSwish
    case squaredReLU, clippedGELU

    var code: activation_kind {
      switch self {
      case .relu: ACTIVATION_RELU
      case .leakyReLU: ACTIVATION_LEAKY_RELU
      case .elu: ACTIVATION_ELU
      case .gelu: ACTIVATION_GELU
      case .geluTanh: ACTIVATION_GELU_TANH
      case .tanh: ACTIVATION_TANH
      case .sigmoid: ACTIVATION_SIGMOID
      case .softplus: ACTIVATION_SOFTPLUS
      case .silu: ACTIVATION_SILU
      case .swish: ACTIVATION_SWISH
      case .mish: ACTIVATION_MISH
      case .hardSwish: ACTIVATION_HARD_SWISH
      case .squaredReLU: ACTIVATION_SQUARED_RELU
      case .clippedGELU: ACTIVATION_CLIPPED_GELU
      }
    }
  }

  public let function: Function
  /// LeakyReLU's slope below zero, ELU's scale, Swish's factor; the others have none.
  public let alpha: Float
  private var count = 0

  public init(_ function: Function, alpha: Float = 0) {
    self.function = function
    self.alpha = alpha
  }

  public var attributes: [JSONValue.Member] {
    [.init("function", .string(function.rawValue)), .init("alpha", .finite(alpha))]
  }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }
  public var role: OperatorRole { .activation(self) }

  /// In training, the linear layer that follows recomputes f(x), so that backward needs only x.
  public func fused(with next: any Operator, for purpose: Graph.Purpose, isSoleReader: Bool) -> (
    any Operator
  )? {
    guard purpose == .training, isSoleReader, !slopeReadsOutput, let linear = next.role.linear else {
      return nil
    }
    return ActivatedLinear(self, linear)
  }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    count = operands[0].shape.count
    return operands[0].shape
  }

  /// Whether f'(x) is computed from x; otherwise it is computed from f(x).
  var slopeReadsInput: Bool { ![.relu, .tanh, .sigmoid].contains(function) }
  var slopeReadsOutput: Bool { [.relu, .tanh, .sigmoid, .elu].contains(function) }
  public var inPlaceOperands: [Int] { slopeReadsInput ? [] : [0] }
  public var readsOutput: Bool { slopeReadsOutput }

  // x (rows, …) → y (rows, …)
  public func forward(_ run: Execution) { apply(run.input(0), to: run.output, count: run.rows * count) }

  // ∂x = ∂y · f'(x)
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    applySlope(
      run.input(0), run.output, run.outputGradient, to: gradient, count: run.rows * count,
      accumulate: run.accumulates(0))
  }

  func apply(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    activation_forward(function.code, alpha, x, y, count)
  }

  /// Applies the function in place to `lines` lines of `width` values, which begin `apart` numbers apart.
  func apply(to y: UnsafeMutablePointer<Float>, lines: Int, width: Int, apart: Int) {
    activation_lines(function.code, alpha, y, y, lines, width, apart)
  }

  func applySlope(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ yGradient: UnsafePointer<Float>,
    to xGradient: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
  ) {
    activation_backward(function.code, alpha, x, y, yGradient, xGradient, count, accumulate)
  }
}
