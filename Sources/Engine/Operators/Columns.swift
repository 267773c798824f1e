import EngineKernels
import Platform

/// A range of elements of the last axis: y = x[start ..< end].
public struct Columns: Operator {
  public static let kind = "Columns"
  /// The selected elements of the last axis.
  public let range: Range<Int>
  private var width = 0
  private var lines = 1

  public init(_ range: Range<Int>) { self.range = range }

  public var attributes: [JSONValue.Member] {
    [.init("columns", .integers([range.lowerBound, range.upperBound]))]
  }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    let shape = operands[0].shape
    guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= shape.last else {
      throw Failure.invalidModel("takes columns \(range) of \(shape)")
    }
    width = shape.last
    lines = shape.count / width
    return try Shape(shape.dimensions.dropLast() + [range.count])
  }

  // x (rows, width) → y (rows, end − start)
  public func forward(_ run: Execution) {
    copy_lines(
      run.input(0) + range.lowerBound, width, run.output, range.count, run.rows * lines, range.count, false
    )
  }

  // ∂x is ∂y in those columns and zero elsewhere
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    if !run.accumulates(0) { gradient.update(repeating: 0, count: run.rows * lines * width) }
    copy_lines(
      run.outputGradient, range.count, gradient + range.lowerBound, width, run.rows * lines, range.count,
      true)
  }
}
