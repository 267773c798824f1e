import EngineKernels
import Platform

/// The sum, mean, maximum or minimum over neighbouring axes of a row.
public struct Reduction: Operator {
  public static let kind = "Reduction"

  public enum Function: String, CaseIterable, Sendable {
    case sum, mean, maximum, minimum

    var code: reduction_kind {
      switch self {
      case .sum: REDUCTION_SUM
      case .mean: REDUCTION_MEAN
      case .maximum: REDUCTION_MAXIMUM
      case .minimum: REDUCTION_MINIMUM
      }
    }
  }

  public let function: Function
  /// The reduced axes, counted without the rows.
  public let axes: Range<Int>
  /// Whether the reduced axes stay, with length 1.
  public let keepsAxes: Bool
  private var outer = 1
  private var reduced = 1
  private var inner = 1

  public init(_ function: Function, axes: Range<Int>, keepsAxes: Bool = false) {
    self.function = function
    self.axes = axes
    self.keepsAxes = keepsAxes
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("function", .string(function.rawValue)),
      .init("axes", .integers([axes.lowerBound, axes.upperBound])), .init("keeps_axes", .bool(keepsAxes)),
    ]
  }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    let dimensions = operands[0].shape.dimensions
    guard axes.lowerBound >= 0, axes.upperBound <= dimensions.count, !axes.isEmpty else {
      throw Failure.invalidModel("reduces axes \(axes) of \(operands[0].shape)")
    }
    outer = dimensions[..<axes.lowerBound].reduce(1, *)
    reduced = dimensions[axes].reduce(1, *)
    inner = dimensions[axes.upperBound...].reduce(1, *)
    guard reduced > 0 else { throw Failure.invalidModel("reduces an axis of no elements") }
    let kept = keepsAxes ? Array(repeating: 1, count: axes.count) : []
    return try Shape(dimensions[..<axes.lowerBound] + kept + dimensions[axes.upperBound...])
  }

  // x (rows · outer, reduced, inner) → y (rows · outer, inner)
  public func forward(_ run: Execution) {
    reduction_forward(function.code, run.input(0), run.output, run.rows * outer, reduced, inner)
  }

  // ∂x: ∂y, or ∂y / reduced, or ∂y at the extreme value, divided among equal ones
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    reduction_backward(
      function.code, run.input(0), run.output, run.outputGradient, gradient, run.rows * outer, reduced,
      inner, run.accumulates(0))
  }
}
