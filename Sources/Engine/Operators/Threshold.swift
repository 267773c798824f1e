import Platform

/// Which numbers are above a threshold: y = 1 where x > t, else 0, also where x is missing. It has no gradient.
public struct Threshold: Operator {
  public static let kind = "Threshold"
  public let threshold: Float
  private var count = 0

  public init(_ threshold: Float) { self.threshold = threshold }

  public var attributes: [JSONValue.Member] { [.init("threshold", .finite(threshold))] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }
  public var acceptsMissing: Bool { true }
  public var readsOutput: Bool { false }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    count = operands[0].shape.count
    return operands[0].shape
  }

  // x (rows, …) → y (rows, …)
  public func forward(_ run: Execution) {
    let (x, y) = (run.input(0), run.output)
    for index in 0..<run.rows * count { y[index] = x[index] > threshold ? 1 : 0 }
  }

  // ∂x = 0
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0), !run.accumulates(0) else { return }
    gradient.update(repeating: 0, count: run.rows * count)
  }
}
