import EngineKernels
import Platform

/// A parameter as a value that is computed once in every run, y = w, for operators that do not take
/// parameters. It is used for computations on a table of relative positions, which are the same for all
/// texts.
///
/// Operand: w, a parameter.
public struct ParameterValue: Operator {
  public static let kind = "ParameterValue"
  private var count = 0

  public init() {}

  public var attributes: [JSONValue.Member] { [] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    guard !operands[0].hasRows else { throw Failure.invalidModel("has the value \(operands[0].name)") }
    count = operands[0].shape.count
    return operands[0].shape
  }

  public func lines(of operands: [Operand]) throws -> Lines { .once }
  public var readsOutput: Bool { false }

  // w → y, with all dimensions in one line
  public func forward(_ run: Execution) { run.output.update(from: run.input(0), count: count * run.rows) }

  // ∂w = ∂y
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    scaled_sum_backward(run.outputGradient, 1, gradient, count, run.accumulates(0))
  }
}
