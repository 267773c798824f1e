import Platform

/// Comparisons, logic, and selection by conditions.
enum ONNXComparison {
  static let table: [String: ONNXInterpreted.Function] = [
    "Equal": compare { $0 == $1 }, "Greater": compare { $0 > $1 }, "Less": compare { $0 < $1 },
    "GreaterOrEqual": compare { $0 >= $1 }, "LessOrEqual": compare { $0 <= $1 },
    "And": compare { $0 != 0 && $1 != 0 }, "Or": compare { $0 != 0 || $1 != 0 },
    "Xor": compare { ($0 != 0) != ($1 != 0) },
    "Not": test { $0 == 0 }, "IsNaN": test(\.isNaN),
    "IsInf": { call in
      let negative = try call.integer("detect_negative", 1) != 0
      let positive = try call.integer("detect_positive", 1) != 0
      return try test { $0.isInfinite && ($0 < 0 ? negative : positive) }(call)
    },
    "Where": choose,
  ]

  private static func compare(_ function: @escaping (Double, Double) -> Bool) -> ONNXInterpreted.Function {
    { call in
      let (a, b) = (try call.input(0), try call.input(1))
      if let left = a.strings, let right = b.strings {
        let shape = try ONNXArray.broadcast([a.dimensions, b.dimensions])
        let (first, second) = (a.places(in: shape), b.places(in: shape))
        return [try ONNXArray(shape, .bool) { left[first($0)] == right[second($0)] ? 1 : 0 }]
      }
      return [try ONNXElementwiseMath.combine(a, b, as: .bool) { function($0, $1) ? 1 : 0 }]
    }
  }

  private static func test(_ function: @escaping (Double) -> Bool) -> ONNXInterpreted.Function {
    { call in
      let x = try call.input(0)
      return [try ONNXArray(x.dimensions, .bool) { function(x[$0]) ? 1 : 0 }]
    }
  }

  private static func choose(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (condition, x, y) = (try call.input(0), try call.input(1), try call.input(2))
    let shape = try ONNXArray.broadcast([condition.dimensions, x.dimensions, y.dimensions])
    let (c, a, b) = (condition.places(in: shape), x.places(in: shape), y.places(in: shape))
    return [try ONNXArray(shape, x.element) { condition[c($0)] != 0 ? x[a($0)] : y[b($0)] }]
  }
}
