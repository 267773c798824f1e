import EngineKernels
import Platform

/// Permutes a row's axes: axis i of y is axis `order[i]` of x.
public struct Transpose: Operator {
  public static let kind = "Transpose"
  /// For each axis of y, the axis of x, counted without the rows.
  public let order: [Int]
  private var there = permutation()
  private var back = permutation()

  public init(_ order: [Int]) { self.order = order }

  public var attributes: [JSONValue.Member] { [.init("order", .integers(order))] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    let dimensions = operands[0].shape.dimensions
    guard order.sorted() == Array(dimensions.indices), order.count <= Int(PERMUTATION_MAXIMUM_RANK) else {
      throw Failure.invalidModel("the order \(order) is not one of \(dimensions.count) axes")
    }
    there = Self.plan(dimensions, order)
    var inverse = order
    for (new, old) in order.enumerated() { inverse[old] = new }
    let result = order.map { dimensions[$0] }
    back = Self.plan(result, inverse)
    return try Shape(result)
  }

  /// The permutation for the kernel. Axes that stay neighbours are merged; a plan has at least two axes.
  private static func plan(_ dimensions: [Int], _ order: [Int]) -> permutation {
    var strides = Array(repeating: 1, count: dimensions.count)
    for axis in dimensions.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(dimensions[axis + 1], 1)
    }
    var merged: [(size: Int, stride: Int)] = []
    for axis in order where dimensions[axis] != 1 {
      if let last = merged.last, last.stride == strides[axis] * dimensions[axis] {
        merged[merged.count - 1] = (last.size * dimensions[axis], strides[axis])
      } else {
        merged.append((dimensions[axis], strides[axis]))
      }
    }
    while merged.count < 2 { merged.insert((1, 1), at: 0) }
    var plan = permutation()
    plan.rank = Int32(merged.count)
    withUnsafeMutableBytes(of: &plan.sizes) { sizes in
      withUnsafeMutableBytes(of: &plan.strides) { strides in
        for (index, axis) in merged.enumerated() {
          sizes.bindMemory(to: Int.self)[index] = axis.size
          strides.bindMemory(to: Int.self)[index] = axis.stride
        }
      }
    }
    return plan
  }

  // x (rows, …) → y (rows, … in order)
  public func forward(_ run: Execution) {
    withUnsafePointer(to: there) { permute($0, run.input(0), run.output, run.rows, false) }
  }

  // ∂x is ∂y in the inverse order
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    withUnsafePointer(to: back) {
      permute($0, run.outputGradient, gradient, run.rows, run.accumulates(0))
    }
  }
}
