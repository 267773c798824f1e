import Kernels
import Platform

/// Inverted dropout (Srivastava et al. 2014): in training each value is zero with probability `rate`,
/// else divided by 1 − rate; in prediction nothing changes.
public struct Dropout: Operator {
  public static let kind = "Dropout"
  public let rate: Float
  /// Tells one dropout of a network from another.
  public let stream: UInt64
  private var count = 0

  public init(rate: Float, stream: UInt64) {
    self.rate = rate
    self.stream = stream
  }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    guard (0..<1).contains(rate) else {
      throw Failure.invalidModel("has the rate \(rate); 0 up to, not including, 1 is accepted")
    }
    count = operands[0].shape.count
    return operands[0].shape
  }

  public var overwritable: [Int] { [0] }
  public var readsOutput: Bool { false }

  private func seed(_ step: Step) -> UInt64 { step.seed &+ stream &* 0x9e37_79b9_7f4a_7c15 }

  // x (rows, …) → y (rows, …); the mask follows from seed and position and is not kept
  public func forward(_ step: Step) {
    guard step.isTraining, rate > 0 else {
      step.output.update(from: step.input(0), count: step.rows * count)
      return
    }
    dropout_forward(
      step.input(0), step.output, step.rows * count, UInt64(step.firstRow * count), seed(step), rate)
  }

  // ∂x = ∂y · mask / (1 − rate)
  public func backward(_ step: Step) {
    guard let gradient = step.inputGradient(0) else { return }
    dropout_backward(
      step.outputGradient, gradient, step.rows * count, UInt64(step.firstRow * count), seed(step),
      step.isTraining ? rate : 0, step.accumulates(0))
  }
}
