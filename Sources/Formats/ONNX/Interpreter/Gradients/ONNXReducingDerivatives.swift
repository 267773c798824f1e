import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Derivatives of reductions, cumulative sums and softmax.
enum ONNXReducingDerivatives {
  static let table: [String: ONNXDerivatives.Function] = [
    "ReduceSum": reduce { _, _, _ in 1 }, "ReduceMean": reduce { _, _, count in 1 / count },
    "ReduceL1": reduce { x, _, _ in x > 0 ? 1 : x < 0 ? -1 : 0 },
    "ReduceL2": reduce { x, y, _ in y == 0 ? 0 : x / y },
    "ReduceSumSquare": reduce { x, _, _ in 2 * x }, "ReduceLogSum": reduce { _, y, _ in exp(-y) },
    "ReduceLogSumExp": reduce { x, y, _ in exp(x - y) },
    "ReduceMax": extreme, "ReduceMin": extreme, "ReduceProd": product,
    "CumSum": runningSum,
    "Softmax": alongAxis { y, dy in
      let sum = zip(y, dy).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(y, dy).map { $0 * ($1 - sum) }
    },
    "LogSoftmax": alongAxis { y, dy in
      let sum = dy.reduce(0, +)
      return zip(y, dy).map { $1 - exp($0) * sum }
    },
  ]

  /// A reduction's operand and result; the result has the operand's rank, with dimensions of 1.
  private struct Reduction {
    let x: ONNXArray
    let y: ONNXArray
    let dy: ONNXArray
    /// The index of the result for an index of the operand.
    let place: (Int) -> Int

    init(_ reverse: ONNXReverse) throws {
      let call = reverse.call
      let x = try call.input(0)
      let given = try call.integers(input: 1, attribute: "axes") ?? []
      let isCopy = try given.isEmpty && call.integer("noop_with_empty_axes", 0) != 0
      let axes =
        isCopy ? [] : given.isEmpty ? Set(0..<x.rank) : Set(try given.map { try call.axis($0, rank: x.rank) })
      let shape = x.dimensions.indices.map { axes.contains($0) ? 1 : x.dimensions[$0] }
      let y = try reverse.result().reshaped(shape)
      (self.x, self.y, dy) = (x, y, try reverse.gradient().reshaped(shape))
      place = y.places(in: x.dimensions)
    }
  }

  /// - Parameter slope: the derivative at a number of the operand, the result, and the count of numbers reduced.
  private static func reduce(
    _ slope: @escaping (_ x: Double, _ y: Double, _ count: Double) -> Double
  ) -> ONNXDerivatives.Function {
    { reverse in
      let own = try Reduction(reverse)
      let count = Double(own.x.count) / Double(max(own.y.count, 1))
      return [
        try .precise(own.x.dimensions) { index in
          let place = own.place(index)
          return own.dy[place] * slope(own.x[index], own.y[place], count)
        }
      ]
    }
  }

  /// Numbers that are equal to the result have equal shares of its gradient, as in PyTorch's amax.
  private static func extreme(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let own = try Reduction(reverse)
    let equal = try ONNXArray.zeros(own.y.dimensions)
    for index in 0..<own.x.count where own.x[index] == own.y[own.place(index)] {
      equal.numbers.pointer[own.place(index)] += 1
    }
    return [
      try .precise(own.x.dimensions) { index in
        let place = own.place(index)
        return own.x[index] == own.y[place] ? own.dy[place] / equal[place] : 0
      }
    ]
  }

  /// ∂y/∂xᵢ is the product of the other numbers. With two or more zeros, all derivatives are 0.
  private static func product(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let own = try Reduction(reverse)
    let zeros = try ONNXArray.zeros(own.y.dimensions)
    let rest = try ONNXArray.precise(own.y.dimensions) { _ in 1 }
    for index in 0..<own.x.count {
      let place = own.place(index)
      if own.x[index] == 0 {
        zeros.numbers.pointer[place] += 1
      } else {
        rest.numbers.pointer[place] *= own.x[index]
      }
    }
    return [
      try .precise(own.x.dimensions) { index in
        let place = own.place(index)
        if own.x[index] == 0 { return zeros[place] == 1 ? own.dy[place] * rest[place] : 0 }
        return zeros[place] == 0 ? own.dy[place] * rest[place] / own.x[index] : 0
      }
    ]
  }

  /// The running sum of the gradients from the other end.
  private static func runningSum(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let call = reverse.call
    var node = call.node
    node.attributes["reverse"] = .integer(try call.integer("reverse", 0) != 0 ? 0 : 1)
    return [
      try ONNXInterpreted.evaluate(
        ONNXEvaluation(node: node, inputs: [reverse.gradient(), call.input(1)], opset: call.opset)
      ).first
    ]
  }

  /// - Parameter function: from the results of a line and their gradients to the gradients of the operands.
  private static func alongAxis(
    _ function: @escaping (_ y: [Double], _ dy: [Double]) -> [Double]
  ) -> ONNXDerivatives.Function {
    { reverse in
      let (y, dy) = (try reverse.result(), try reverse.gradient())
      let lines = try ONNXReducing.Lines(reverse.call, y)
      let result = try ONNXArray.zeros(y.dimensions)
      for line in 0..<lines.count {
        let places = lines.places(line)
        for (place, value) in zip(places, function(places.map { y[$0] }, places.map { dy[$0] })) {
          result.numbers.pointer[place] = value
        }
      }
      return [result]
    }
  }
}
