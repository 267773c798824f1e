import Kernels
import Platform

/// A table of vectors, looked up by index: y = table[index]. An index outside the table gives zeros.
///
/// Operands: indices (as floats, exact to 2²⁴), table (vocabulary, width).
public struct Embedding: Operator {
  public static let kind = "Embedding"
  private var lookups = 1  // indices a row
  private var vocabulary = 0
  private var width = 0

  public init() {}

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...2)
    let table = operands[1].shape.dimensions
    guard operands[0].hasRows, !operands[1].hasRows, table.count == 2, table[0] > 0, table[1] > 0 else {
      throw Failure.invalidModel("looks up \(operands[0].shape) in \(operands[1].shape); a table is needed")
    }
    (vocabulary, width) = (table[0], table[1])
    lookups = operands[0].shape.count
    // One index a row gives a vector a row, not a matrix of one line.
    let lines = lookups == 1 ? [] : operands[0].shape.dimensions
    return try Shape(lines + [width])
  }

  public var readsOutput: Bool { false }

  // indices (rows) → y (rows, width)
  public func forward(_ step: Step) {
    embedding_forward(step.input(0), step.input(1), step.output, step.rows * lookups, vocabulary, width)
  }

  // ∂table[index] += ∂y; indices have no gradient
  public func backward(_ step: Step) {
    if let indices = step.inputGradient(0), !step.accumulates(0) {
      indices.update(repeating: 0, count: step.rows * lookups)
    }
    guard let gradient = step.inputGradient(1) else { return }
    if !step.accumulates(1) { gradient.update(repeating: 0, count: vocabulary * width) }
    embedding_backward(step.input(0), step.outputGradient, gradient, step.rows * lookups, vocabulary, width)
  }
}
