import EngineKernels
import Platform

/// Inverted dropout (Srivastava et al. 2014). In training, each value becomes zero with probability `rate`
/// and is otherwise divided by 1 − rate. In prediction, values do not change.
public struct Dropout: Operator {
  public static let kind = "Dropout"
  /// The probability that a value becomes zero, from 0 to below 1.
  public let rate: Float
  /// Identifies this dropout among those of the network.
  public let stream: UInt64
  private var count = 0

  public init(rate: Float, stream: UInt64) {
    self.rate = rate
    self.stream = stream
  }

  public var attributes: [JSONValue.Member] {
    [.init("rate", .finite(rate)), .init("stream", .integer(Int64(bitPattern: stream)))]
  }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }
  public var role: OperatorRole { .dropout(rate: rate) }
  public var isIdentityInPrediction: Bool { true }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    guard (0..<1).contains(rate) else {
      throw Failure.invalidModel("has the rate \(rate); 0 up to, not including, 1 is accepted")
    }
    count = operands[0].shape.count
    return operands[0].shape
  }

  public var inPlaceOperands: [Int] { [0] }
  public var readsOutput: Bool { false }

  private func seed(_ run: Execution) -> UInt64 { run.seed &+ stream &* 0x9e37_79b9_7f4a_7c15 }

  // x (rows, …) → y (rows, …); the mask is computed from seed and position, and is not saved for backward
  public func forward(_ run: Execution) {
    guard run.isTraining, rate > 0 else {
      run.output.update(from: run.input(0), count: run.rows * count)
      return
    }
    dropout_forward(
      run.input(0), run.output, run.rows * count, UInt64(run.firstRow * count), seed(run), rate)
  }

  // ∂x = ∂y · mask / (1 − rate)
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    dropout_backward(
      run.outputGradient, gradient, run.rows * count, UInt64(run.firstRow * count), seed(run),
      run.isTraining ? rate : 0, run.accumulates(0))
  }
}
