import EngineKernels
import Platform

/// Resampling along one axis: every output element is a weighted sum of a few input elements. Slicing,
/// padding, repeating, selecting and interpolating all have this form.
///
///     y[j] = Σ_t weights[j, t] · x[places[j, t]],  or `fill` if all places are −1
public struct Resampling: Operator {
  public static let kind = "Resampling"
  /// The resampled axis, counted without the rows.
  public let axis: Int
  /// The indices in x for each element of y, `taps` for each; −1 for none.
  public let places: [Int32]
  /// The weight of each of `places`; nil if all are 1.
  public let weights: [Float]?
  /// The number of input elements for each element of y.
  public let taps: Int
  /// The value of an element of y without input elements.
  public let fill: Float
  private var table: Table?
  private var outer = 1
  private var (input, output, inner) = (1, 1, 1)

  /// The places and weights in memory with a fixed address, for the kernels.
  private final class Table: Sendable {
    let places: Buffer<Int32>
    let weights: Buffer<Float>?
    init(_ places: [Int32], _ weights: [Float]?) throws {
      self.places = try Buffer(copying: places)
      self.weights = try weights.map { try Buffer(copying: $0) }
    }
  }

  public init(axis: Int, places: [Int32], weights: [Float]? = nil, taps: Int = 1, fill: Float = 0) {
    (self.axis, self.places, self.weights, self.taps, self.fill) = (axis, places, weights, taps, fill)
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("axis", .integer(axis)), .init("places", .integers(places.map { Int($0) })),
      .init("taps", .integer(taps)), .init("fill", .finite(fill)),
    ] + (weights.map { [.init("weights", .array($0.map { .finite($0) }))] } ?? [])
  }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    var dimensions = operands[0].shape.dimensions
    guard dimensions.indices.contains(axis), taps > 0, !places.isEmpty, places.count % taps == 0,
      weights.map({ $0.count == places.count }) ?? true,
      places.allSatisfy({ $0 >= -1 && $0 < dimensions[axis] })
    else {
      throw Failure.invalidModel("reads elements that axis \(axis) of \(operands[0].shape) does not have")
    }
    let table = try Table(places, weights)
    outer = dimensions[..<axis].reduce(1, *)
    (input, output) = (dimensions[axis], places.count / taps)
    inner = dimensions[(axis + 1)...].reduce(1, *)
    self.table = table
    dimensions[axis] = output
    return try Shape(dimensions)
  }

  private func withMap(_ body: (UnsafePointer<axis_map>) -> Void) {
    guard let table else { return }
    var map = axis_map(
      in: input, out: output, inner: inner, taps: taps, places: table.places.pointer,
      weights: table.weights.map { UnsafePointer($0.pointer) }, fill: fill)
    withExtendedLifetime(table) { body(&map) }
  }

  // x (rows · outer, in, inner) → y (rows · outer, out, inner)
  public func forward(_ run: Execution) {
    withMap { axis_map_forward($0, run.input(0), run.output, run.rows * outer) }
  }

  // ∂x[places[j, t]] += weights[j, t] · ∂y[j]
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    withMap {
      axis_map_backward($0, run.outputGradient, gradient, run.rows * outer, run.accumulates(0))
    }
  }
}
