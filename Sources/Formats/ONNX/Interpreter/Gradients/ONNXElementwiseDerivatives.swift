import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Derivatives of functions of one number, and of arithmetic with broadcasting.
enum ONNXElementwiseDerivatives {
  static let table: [String: ONNXDerivatives.Function] = [
    "Identity": { [try $0.gradient()] },
    "Cast": { [try $0.gradient()] }, "CastLike": { [try $0.gradient()] },
    "Neg": each { _, _ in -1 }, "Abs": each { x, _ in x > 0 ? 1 : x < 0 ? -1 : 0 },
    "Sqrt": each { _, y in 0.5 / y }, "Exp": each { _, y in y }, "Log": each { x, _ in 1 / x },
    "Reciprocal": each { _, y in -y * y }, "Erf": each { x, _ in 1.128_379_167_095_512_6 * exp(-x * x) },
    "Sin": each { x, _ in cos(x) }, "Cos": each { x, _ in -sin(x) }, "Tan": each { _, y in 1 + y * y },
    "Asin": each { x, _ in 1 / (1 - x * x).squareRoot() },
    "Acos": each { x, _ in -1 / (1 - x * x).squareRoot() },
    "Atan": each { x, _ in 1 / (1 + x * x) }, "Sinh": each { x, _ in cosh(x) },
    "Cosh": each { x, _ in sinh(x) },
    "Tanh": each { _, y in 1 - y * y }, "Asinh": each { x, _ in 1 / (x * x + 1).squareRoot() },
    "Acosh": each { x, _ in 1 / (x * x - 1).squareRoot() }, "Atanh": each { x, _ in 1 / (1 - x * x) },

    "Add": pair { _, _, _ in (1, 1) }, "Sub": pair { _, _, _ in (1, -1) }, "Mul": pair { a, b, _ in (b, a) },
    "Div": pair { _, b, y in (1 / b, -y / b) },
    "Pow": pair { a, b, y in (b == 0 ? 0 : b * pow(a, b - 1), a > 0 ? y * log(a) : 0) },
    "Sum": { reverse in try several(reverse, share: 1) },
    "Mean": { reverse in try several(reverse, share: 1 / Double(reverse.call.inputs.count)) },
    "Max": extreme, "Min": extreme, "Where": choose, "Clip": clip,
  ]

  /// - Parameter slope: the derivative at an operand and its result.
  static func each(_ slope: @escaping (_ x: Double, _ y: Double) -> Double) -> ONNXDerivatives.Function {
    { reverse in
      let (x, y, dy) = (try reverse.call.input(0), try reverse.result(), try reverse.gradient())
      let (from, to, given) = (x.numbers.pointer, y.numbers.pointer, dy.numbers.pointer)
      return [try .precise(x.dimensions) { given[$0] * slope(from[$0], to[$0]) }]
    }
  }

  /// - Parameter slopes: the derivatives for both operands at the operands and the result.
  private static func pair(
    _ slopes: @escaping (_ a: Double, _ b: Double, _ y: Double) -> (Double, Double)
  ) -> ONNXDerivatives.Function {
    { reverse in
      guard reverse.call.node.attributes["axis"] == nil else {
        throw reverse.call.unsupported("assigns an operand to an axis, which has no gradient")
      }
      let (a, b, y, dy) = (
        try reverse.call.input(0), try reverse.call.input(1), try reverse.result(), try reverse.gradient()
      )
      let (left, right) = (a.places(in: y.dimensions), b.places(in: y.dimensions))
      let da = reverse.wants(0) ? try ONNXArray.zeros(a.dimensions) : nil
      let db = reverse.wants(1) ? try ONNXArray.zeros(b.dimensions) : nil
      for index in 0..<dy.count {
        let (i, j) = (left(index), right(index))
        let (ofA, ofB) = slopes(a.numbers.pointer[i], b.numbers.pointer[j], y.numbers.pointer[index])
        da?.numbers.pointer[i] += ofA * dy.numbers.pointer[index]
        db?.numbers.pointer[j] += ofB * dy.numbers.pointer[index]
      }
      return [da, db]
    }
  }

  private static func several(_ reverse: ONNXReverse, share: Double) throws -> [ONNXArray?] {
    let dy = try reverse.gradient()
    return try reverse.call.inputs.indices.map { index in
      guard reverse.wants(index) else { return nil }
      let summed = try dy.summed(to: reverse.call.input(index).dimensions)
      return try .precise(summed.dimensions) { share * summed[$0] }
    }
  }

  /// Operands that are equal to the result have equal shares of its gradient.
  private static func extreme(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (y, dy) = (try reverse.result(), try reverse.gradient())
    let operands = try reverse.call.inputs.indices.map { try reverse.call.input($0) }
    let places = operands.map { $0.places(in: y.dimensions) }
    let results = try operands.map { try ONNXArray.zeros($0.dimensions) }
    for index in 0..<y.count {
      let equal = operands.indices.filter { operands[$0][places[$0](index)] == y[index] }
      for place in equal {
        results[place].numbers.pointer[places[place](index)] += dy[index] / Double(equal.count)
      }
    }
    return results
  }

  private static func choose(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (condition, dy) = (try reverse.call.input(0), try reverse.gradient())
    let place = condition.places(in: dy.dimensions)
    let parts = try [true, false].enumerated().map { position, side -> ONNXArray? in
      guard reverse.wants(position + 1) else { return nil }
      return try .precise(dy.dimensions) { (condition[place($0)] != 0) == side ? dy[$0] : 0 }
    }
    return [
      nil, try parts[0]?.summed(to: reverse.call.input(1).dimensions),
      try parts[1]?.summed(to: reverse.call.input(2).dimensions),
    ]
  }

  private static func clip(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, y, dy) = (try reverse.call.input(0), try reverse.result(), try reverse.gradient())
    // A number at a limit is unchanged and keeps its gradient, as in PyTorch.
    return [try .precise(x.dimensions) { x[$0] == y[$0] ? dy[$0] : 0 }]
  }
}
