import EngineKernels
import Platform

/// y = a + scale · b for two values of the same shape.
public struct ScaledSum: Operator {
  public static let kind = "ScaledSum"
  public let scale: Float
  private var count = 0

  public init(scale: Float) { self.scale = scale }

  public var attributes: [JSONValue.Member] { [.init("scale", .finite(scale))] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }
  public var role: OperatorRole { .scaledSum(scale: scale) }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...2)
    guard operands.allSatisfy(\.hasRows), operands[0].shape == operands[1].shape else {
      throw Failure.invalidModel("adds \(operands[1].shape) to \(operands[0].shape)")
    }
    count = operands[0].shape.count
    return operands[0].shape
  }

  public var inPlaceOperands: [Int] { [0, 1] }
  public var readsOutput: Bool { false }

  // a, b (rows, …) → y (rows, …)
  public func forward(_ run: Execution) {
    scaled_sum_forward(run.input(0), run.input(1), scale, run.output, run.rows * count)
  }

  // ∂a = ∂y, ∂b = scale · ∂y
  public func backward(_ run: Execution) {
    for (index, factor) in [(0, Float(1)), (1, scale)] {
      guard let gradient = run.inputGradient(index) else { continue }
      scaled_sum_backward(run.outputGradient, factor, gradient, run.rows * count, run.accumulates(index))
    }
  }
}
