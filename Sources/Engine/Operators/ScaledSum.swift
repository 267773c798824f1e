import Kernels
import Platform

/// y = a + scale · b, of two values of the same shape.
public struct ScaledSum: Operator {
  public static let kind = "ScaledSum"
  public let scale: Float
  private var count = 0

  public init(scale: Float) { self.scale = scale }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...2)
    guard operands.allSatisfy(\.hasRows), operands[0].shape == operands[1].shape else {
      throw Failure.invalidModel("adds \(operands[1].shape) to \(operands[0].shape)")
    }
    count = operands[0].shape.count
    return operands[0].shape
  }

  public var overwritable: [Int] { [0, 1] }
  public var readsOutput: Bool { false }

  // a, b (rows, …) → y (rows, …)
  public func forward(_ step: Step) {
    scaled_sum_forward(step.input(0), step.input(1), scale, step.output, step.rows * count)
  }

  // ∂a = ∂y, ∂b = scale · ∂y
  public func backward(_ step: Step) {
    for (index, factor) in [(0, Float(1)), (1, scale)] {
      guard let gradient = step.inputGradient(index) else { continue }
      scaled_sum_backward(step.outputGradient, factor, gradient, step.rows * count, step.accumulates(index))
    }
  }
}
