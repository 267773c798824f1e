import Kernels
import Platform

/// A parameter as a value that is computed once in every run, y = w, for operators that take values: what is done
/// to a table of relative positions, the same for all texts.
///
/// Operand: w, a parameter.
public struct ParameterValue: Operator {
  public static let kind = "ParameterValue"
  private var count = 0

  public init() {}

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    guard !operands[0].hasRows else { throw Failure.invalidModel("has the value \(operands[0].name)") }
    count = operands[0].shape.count
    return operands[0].shape
  }

  public func lines(of operands: [Operand]) throws -> Lines { .once }
  public var readsOutput: Bool { false }

  // w → y, all dimensions in one line
  public func forward(_ step: Step) { step.output.update(from: step.input(0), count: count * step.rows) }

  // ∂w = ∂y
  public func backward(_ step: Step) {
    guard let gradient = step.inputGradient(0) else { return }
    scaled_sum_backward(step.outputGradient, 1, gradient, count, step.accumulates(0))
  }
}
