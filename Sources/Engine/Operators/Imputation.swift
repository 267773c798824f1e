import Platform

/// Replaces missing numbers: y = x, or in its place the column's `value` where x is not a number.
///
/// Operands: x (…, width), values (width), or one for all columns.
public struct Imputation: Operator {
  public static let kind = "Imputation"
  private var count = 0
  private var values = 1

  public init() {}

  public var attributes: [JSONValue.Member] { [] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .separate }
  public var acceptsMissing: Bool { true }
  public var readsOutput: Bool { false }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...2)
    values = operands[1].shape.count
    count = operands[0].shape.count
    guard operands[0].hasRows, !operands[1].hasRows, values == 1 || values == operands[0].shape.last else {
      throw Failure.invalidModel("puts \(operands[1].shape) in the place of numbers of \(operands[0].shape)")
    }
    return operands[0].shape
  }

  // x (rows, …, width), values (width) → y (rows, …, width)
  public func forward(_ run: Execution) {
    let (x, own, y) = (run.input(0), run.input(1), run.output)
    for index in 0..<run.rows * count { y[index] = x[index].isNaN ? own[index % values] : x[index] }
  }

  // ∂x = ∂y where x is a number, else 0; ∂values = Σ ∂y where x is none
  public func backward(_ run: Execution) {
    let (x, dy) = (run.input(0), run.outputGradient)
    if let gradient = run.inputGradient(0) {
      let accumulates = run.accumulates(0)
      for index in 0..<run.rows * count {
        let own = x[index].isNaN ? 0 : dy[index]
        gradient[index] = accumulates ? gradient[index] + own : own
      }
    }
    guard let gradient = run.inputGradient(1) else { return }
    if !run.accumulates(1) { gradient.update(repeating: 0, count: values) }
    for index in 0..<run.rows * count where x[index].isNaN { gradient[index % values] += dy[index] }
  }
}
