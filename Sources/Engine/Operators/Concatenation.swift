import EngineKernels
import Platform

/// Joins values along one axis of a row.
public struct Concatenation: Operator {
  public static let kind = "Concatenation"
  /// The joined axis, counted without the rows; negative numbers count from the end.
  public let axis: Int
  private var widths: [Int] = []  // floats of each operand in a line
  private var lines = 1  // lines per row: the dimensions before the axis
  private var total = 0

  public init(axis: Int = -1) { self.axis = axis }

  public var attributes: [JSONValue.Member] { [.init("axis", .integer(axis))] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...100_000)
    let first = operands[0].shape.dimensions
    let at = axis < 0 ? first.count + axis : axis
    guard first.indices.contains(at) else {
      throw Failure.invalidModel("has no axis \(axis) in \(operands[0].shape)")
    }
    var size = 0
    for operand in operands {
      var (mine, others) = (operand.shape.dimensions, first)
      guard operand.hasRows, mine.count == first.count else {
        throw Failure.invalidModel("joins \(operand.shape) to \(operands[0].shape)")
      }
      size += mine[at]
      mine[at] = 0
      others[at] = 0
      guard mine == others else {
        throw Failure.invalidModel("joins \(operand.shape) to \(operands[0].shape)")
      }
    }
    lines = first[..<at].reduce(1, *)
    widths = operands.map { $0.shape.count / max(lines, 1) }
    total = widths.reduce(0, +)
    var result = first
    result[at] = size
    return try Shape(result)
  }

  // xᵢ (rows, widthᵢ) → y (rows, Σ widthᵢ)
  public func forward(_ run: Execution) {
    var offset = 0
    for (index, width) in widths.enumerated() {
      copy_lines(run.input(index), width, run.output + offset, total, run.rows * lines, width, false)
      offset += width
    }
  }

  // ∂xᵢ is its part of ∂y
  public func backward(_ run: Execution) {
    var offset = 0
    for (index, width) in widths.enumerated() {
      if let gradient = run.inputGradient(index) {
        copy_lines(
          run.outputGradient + offset, total, gradient, width, run.rows * lines, width,
          run.accumulates(index))
      }
      offset += width
    }
  }
}
