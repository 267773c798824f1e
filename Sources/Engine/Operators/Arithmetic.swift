import EngineKernels
import Platform

/// Elementwise arithmetic on two operands with NumPy's broadcasting; one may be a parameter.
public struct Arithmetic: Operator {
  public static let kind = "Arithmetic"

  public enum Function: String, CaseIterable, Sendable {
    case add, subtract, multiply, divide, power, maximum, minimum

    var code: binary_kind {
      switch self {
      case .add: BINARY_ADD
      case .subtract: BINARY_SUBTRACT
      case .multiply: BINARY_MULTIPLY
      case .divide: BINARY_DIVIDE
      case .power: BINARY_POWER
      case .maximum: BINARY_MAXIMUM
      case .minimum: BINARY_MINIMUM
      }
    }
  }

  public let function: Function
  private var plan = broadcast_plan()
  private var counts = (0, 0)
  private var batched = (true, true)

  public init(_ function: Function) { self.function = function }

  public var attributes: [JSONValue.Member] { [.init("function", .string(function.rawValue))] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .separate }
  public var role: OperatorRole { .arithmetic(function) }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...2)
    var shapes = operands.map(\.shape.dimensions)
    let rank = max(zip(operands, shapes).map { $0.hasRows ? $1.count : 0 }.max() ?? 0, 0)
    for index in 0..<2 where !operands[index].hasRows && shapes[index].count == rank + 1 {
      // If a parameter has a dimension for the rows, it must be 1 to be broadcast.
      guard shapes[index].first == 1 else {
        throw Failure.invalidModel("\(operands[0].shape) and \(operands[1].shape) do not broadcast")
      }
      shapes[index].removeFirst()
    }
    let fullRank = max(shapes[0].count, shapes[1].count)
    guard fullRank < Int(BROADCAST_MAXIMUM_RANK) else {
      throw Failure.unsupported("has more than \(BROADCAST_MAXIMUM_RANK - 1) dimensions")
    }
    let padded = shapes.map { Array(repeating: 1, count: fullRank - $0.count) + $0 }
    var result: [Int] = []
    for (a, b) in zip(padded[0], padded[1]) {
      guard a == b || a == 1 || b == 1 else {
        throw Failure.invalidModel("\(operands[0].shape) and \(operands[1].shape) do not broadcast")
      }
      result.append(a == 1 ? b : a)
    }
    let shape = try Shape(result)
    counts = (operands[0].shape.count, operands[1].shape.count)
    batched = (operands[0].hasRows, operands[1].hasRows)
    plan = Self.plan(result, padded[0], padded[1], counts: counts, batched: batched)
    return shape
  }

  // The gradients of sums and differences need neither operands nor result.
  public var inPlaceOperands: [Int] { function == .add || function == .subtract ? [0, 1] : [] }
  public var readsOutput: Bool { function == .add || function == .subtract ? false : true }

  /// Dimension 0 is the rows. Neighbouring dimensions that every operand has, or repeats, in the same way
  /// become one.
  private static func plan(
    _ shape: [Int], _ a: [Int], _ b: [Int], counts: (Int, Int), batched: (Bool, Bool)
  ) -> broadcast_plan {
    func strides(_ dimensions: [Int]) -> [Int] {
      var stride = 1
      return dimensions.reversed().map { dimension in
        defer { stride *= dimension }
        return dimension == 1 ? 0 : stride
      }.reversed()
    }
    let (aStrides, bStrides) = (strides(a), strides(b))
    var merged: [(size: Int, a: Int, b: Int)] = [
      (1, batched.0 ? counts.0 : 0, batched.1 ? counts.1 : 0)
    ]
    for index in shape.indices where shape[index] != 1 {
      let next = (size: shape[index], a: aStrides[index], b: bStrides[index])
      if merged.count > 1, let last = merged.last, last.a == next.a * next.size, last.b == next.b * next.size
      {
        merged[merged.count - 1] = (last.size * next.size, next.a, next.b)
      } else {
        merged.append(next)
      }
    }
    if merged.count == 1 { merged.append((1, 0, 0)) }
    var plan = broadcast_plan()
    plan.rank = Int32(merged.count)
    withUnsafeMutableBytes(of: &plan.shape) { sizes in
      withUnsafeMutableBytes(of: &plan.a_strides) { aValues in
        withUnsafeMutableBytes(of: &plan.b_strides) { bValues in
          for (index, dimension) in merged.enumerated() {
            sizes.bindMemory(to: Int64.self)[index] = Int64(dimension.size)
            aValues.bindMemory(to: Int64.self)[index] = Int64(dimension.a)
            bValues.bindMemory(to: Int64.self)[index] = Int64(dimension.b)
          }
        }
      }
    }
    return plan
  }

  // a (rows, …), b (rows, …) or (…) → y (rows, …)
  public func forward(_ run: Execution) {
    var plan = plan
    plan.shape.0 = Int64(run.rows)
    binary_forward(function.code, &plan, run.input(0), run.input(1), run.output)
  }

  // ∂a = ∂y · ∂f/∂a and ∂b = ∂y · ∂f/∂b, each summed over the broadcast dimensions
  public func backward(_ run: Execution) {
    var plan = plan
    plan.shape.0 = Int64(run.rows)
    clear(run, 0, counts.0, batched.0)
    clear(run, 1, counts.1, batched.1)
    binary_backward(
      function.code, &plan, run.input(0), run.input(1), run.outputGradient, run.inputGradient(0),
      run.inputGradient(1))
  }

  private func clear(_ run: Execution, _ index: Int, _ count: Int, _ hasRows: Bool) {
    guard let gradient = run.inputGradient(index), !run.accumulates(index) else { return }
    gradient.update(repeating: 0, count: hasRows ? count * run.rows : count)
  }
}
