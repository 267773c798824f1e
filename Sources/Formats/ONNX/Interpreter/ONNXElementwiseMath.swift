import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Functions of one number, and arithmetic with broadcasting.
enum ONNXElementwiseMath {
  static let table: [String: ONNXInterpreted.Function] = [
    "Abs": each(abs), "Neg": each { -$0 }, "Sqrt": each { $0.squareRoot() }, "Exp": each(exp),
    "Log": each(log), "Reciprocal": each { 1 / $0 }, "Erf": each(erf), "Ceil": each { $0.rounded(.up) },
    "Floor": each { $0.rounded(.down) }, "Round": each { $0.rounded(.toNearestOrEven) },
    "Sign": each { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, "Sin": each(sin), "Cos": each(cos), "Tan": each(tan),
    "Asin": each(asin), "Acos": each(acos), "Atan": each(atan), "Sinh": each(sinh), "Cosh": each(cosh),
    "Tanh": each(tanh), "Asinh": each(asinh), "Acosh": each(acosh), "Atanh": each(atanh),
    "BitwiseNot": each { Double(~ONNXArray.Element.whole($0)) },

    "Add": pair(+), "Sub": pair(-), "Mul": pair(*), "Div": divide, "Pow": pair(pow), "Mod": modulo,
    "BitShift": shift, "BitwiseAnd": bits(&), "BitwiseOr": bits(|), "BitwiseXor": bits(^),
    "Sum": several(+), "Max": several { $0.isNaN || $1.isNaN ? .nan : max($0, $1) },
    "Min": several { $0.isNaN || $1.isNaN ? .nan : min($0, $1) },
    "Mean": { call in
      let count = Double(call.inputs.count)
      return try several(+)(call).map { sum in
        try ONNXArray(sum.dimensions, sum.element) { sum[$0] / count }
      }
    },
    "Identity": { [try $0.input(0)] },
    "Clip": clip, "Cast": cast, "CastLike": cast,
  ]

  static func each(_ function: @escaping (Double) -> Double) -> ONNXInterpreted.Function {
    { call in
      let x = try call.input(0)
      return [try ONNXArray(x.dimensions, x.element) { function(x[$0]) }]
    }
  }

  static func combine(
    _ a: ONNXArray, _ b: ONNXArray, as element: ONNXArray.Element? = nil,
    _ function: (Double, Double) -> Double
  ) throws -> ONNXArray {
    let shape = try ONNXArray.broadcast([a.dimensions, b.dimensions])
    let (left, right) = (a.places(in: shape), b.places(in: shape))
    return try ONNXArray(shape, element ?? a.element) { function(a[left($0)], b[right($0)]) }
  }

  static func pair(_ function: @escaping (Double, Double) -> Double) -> ONNXInterpreted.Function {
    { call in [try combine(legacy(call, call.input(0)), legacy(call, call.input(1)), function)] }
  }

  /// Before opset 7, an attribute could assign the second operand to an axis.
  private static func legacy(_ call: ONNXEvaluation, _ array: ONNXArray) throws -> ONNXArray {
    guard call.node.attributes["axis"] != nil, call.opset < 7, let first = call.optional(0),
      array.rank < first.rank
    else { return array }
    let axis = try call.integer("axis", 0)
    let behind = first.rank - max(axis, 0) - array.rank
    return behind > 0 ? try array.reshaped(array.dimensions + Array(repeating: 1, count: behind)) : array
  }

  private static func several(_ function: @escaping (Double, Double) -> Double) -> ONNXInterpreted.Function {
    { call in
      var result = try call.input(0)
      for index in call.inputs.indices.dropFirst() {
        result = try combine(result, call.input(index), function)
      }
      return [result]
    }
  }

  private static func divide(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (a, b) = (try legacy(call, call.input(0)), try legacy(call, call.input(1)))
    if a.element.isWhole, b.numbers.elements.contains(0) { throw call.invalid("divides by zero") }
    return [try combine(a, b) { $0 / $1 }]
  }

  private static func modulo(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let truncates = try call.integer("fmod", 0) != 0
    return [
      try combine(call.input(0), call.input(1)) { x, y in
        let rest = fmod(x, y)
        return truncates || rest == 0 || (rest < 0) == (y < 0) ? rest : rest + y
      }
    ]
  }

  private static func shift(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let left = try call.string("direction", "") == "LEFT"
    return [
      try combine(call.input(0), call.input(1)) { x, y in
        let factor = pow(2, min(max(y, 0), 64))
        return left ? x * factor : (x / factor).rounded(.down)
      }
    ]
  }

  private static func bits(_ function: @escaping (Int64, Int64) -> Int64) -> ONNXInterpreted.Function {
    pair { Double(function(ONNXArray.Element.whole($0), ONNXArray.Element.whole($1))) }
  }

  private static func clip(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let lowest = try call.optional(1)?.first ?? Double(call.float("min", -.infinity))
    let highest = try call.optional(2)?.first ?? Double(call.float("max", .infinity))
    return [try ONNXArray(x.dimensions, x.element) { min(max(x[$0], lowest), highest) }]
  }

  private static func cast(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let target =
      try call.node.kind == "CastLike" ? call.input(1).element : call.elementType("to", .float32)
    if target == .string {
      guard x.strings == nil else { return [x] }
      var result = try ONNXArray([0], .string)
      result.dimensions = x.dimensions
      result.strings = x.numbers.elements.map { number in
        x.element == .float64 ? "\(number)" : x.element.isWhole ? "\(Int64(number))" : "\(Float(number))"
      }
      return [result]
    }
    guard let strings = x.strings else {
      return [try ONNXArray(x.dimensions, target) { x[$0] }]
    }
    let words = ["inf": Double.infinity, "+inf": .infinity, "-inf": -.infinity, "nan": .nan]
    let values = try strings.map { text -> Double in
      guard let value = words[text.lowercased()] ?? Double(text) else {
        throw call.invalid("\"\(text)\" is not a number")
      }
      return value
    }
    return [try ONNXArray(x.dimensions, target) { values[$0] }]
  }
}
