import Platform

/// Numbers in 8 or 16 bits with a scale and a zero point, and products of such.
enum ONNXQuantizing {
  static let table: [String: ONNXInterpreted.Function] = [
    "QuantizeLinear": quantizeLinear, "DequantizeLinear": dequantizeLinear,
    "DynamicQuantizeLinear": dynamicQuantizeLinear, "MatMulInteger": matMulInteger,
    "QLinearMatMul": qLinearMatMul, "ConvInteger": convInteger, "QLinearConv": qLinearConv,
    "com.microsoft.QGemm": qGemm,
  ]

  private static func range(_ element: ONNXArray.Element) throws -> ClosedRange<Double> {
    switch element {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16: 0...65_535
    case .int16: -32_768...32_767
    case .int32: -2_147_483_648...2_147_483_647
    default: throw Failure.unsupported("quantizes to elements of type \(element.rawValue)")
    }
  }

  /// The place of an element's scale among several, one for each index of an axis.
  private static func places(_ scale: ONNXArray, along axis: Int, of x: ONNXArray) throws -> (Int) -> Int {
    if scale.count == 1 { return { _ in 0 } }
    guard scale.rank == 1, x.dimensions.indices.contains(axis), scale.count == x.dimensions[axis] else {
      throw Failure.unsupported("has scales of shape \(scale.dimensions) for values of \(x.dimensions)")
    }
    let (_, size, inner) = x.split(at: axis)
    return { $0 / max(inner, 1) % max(size, 1) }
  }

  private static func axis(_ call: ONNXEvaluation, _ x: ONNXArray) throws -> Int {
    guard try call.integer("block_size", 0) == 0 else { throw call.unsupported("quantizes in blocks") }
    let axis = try call.integer("axis", 1)
    return axis < 0 ? axis + x.rank : axis
  }

  // x → round(x / scale) + zero point, within the type's range
  private static func quantized(_ x: ONNXArray, _ scale: ONNXArray, _ zero: ONNXArray?, axis: Int) throws
    -> ONNXArray
  {
    let element = zero?.element ?? .uint8
    let (range, place) = (try range(element), try places(scale, along: axis, of: x))
    return try ONNXArray(x.dimensions, element) { index in
      let own = place(index)
      // A float32 quotient, rounded half to even.
      let quotient = Double(Float(x[index]) / Float(scale[own])).rounded(.toNearestOrEven)
      let value = quotient + (zero.map { $0[$0.count == 1 ? 0 : own] } ?? 0)
      return value.isNaN ? 0 : Swift.min(Swift.max(value, range.lowerBound), range.upperBound)
    }
  }

  private static func dequantized(_ x: ONNXArray, _ scale: ONNXArray, _ zero: ONNXArray?, axis: Int) throws
    -> ONNXArray
  {
    let place = try places(scale, along: axis, of: x)
    return try ONNXArray(x.dimensions, .float32) { index in
      let own = place(index)
      return (x[index] - (zero.map { $0[$0.count == 1 ? 0 : own] } ?? 0)) * scale[own]
    }
  }

  private static func quantizeLinear(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    var zero = call.optional(2)
    if zero == nil, let type = ONNXArray.Element(rawValue: try call.integer("output_dtype", 2)) {
      zero = try ONNXArray([1], type)
    }
    return [try quantized(x, call.input(1), zero, axis: axis(call, x))]
  }

  private static func dequantizeLinear(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    return [try dequantized(x, call.input(1), call.optional(2), axis: axis(call, x))]
  }

  private static func dynamicQuantizeLinear(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let (least, greatest) = (
      Float(Swift.min(x.numbers.elements.min() ?? 0, 0)), Float(Swift.max(x.numbers.elements.max() ?? 0, 0))
    )
    let step = (greatest - least) / 255
    let zero = step == 0 ? 0 : Double(Swift.min(Swift.max(-least / step, 0), 255)).rounded(.toNearestOrEven)
    let (scale, point) = (
      try ONNXArray([], .float32) { _ in Double(step) }, try ONNXArray([], .uint8) { _ in zero }
    )
    let divisor = step == 0 ? try ONNXArray([], .float32) { _ in 1 } : scale
    return [try quantized(x, divisor, point, axis: 0), scale, point]
  }

  // MARK: Products

  private static func delegated(
    _ call: ONNXEvaluation, to kind: String, _ inputs: [ONNXArray?],
    _ attributes: [String: ONNXNode.Attribute]
  ) throws -> ONNXArray {
    let node = ONNXNode(
      name: call.node.name, kind: kind, inputs: call.node.inputs, outputs: call.node.outputs,
      attributes: attributes)
    guard let function = ONNXInterpreted.table[kind],
      let result = try function(ONNXEvaluation(node: node, inputs: inputs, opset: call.opset)).first
    else { throw Failure.internal("no \(kind)") }
    return result
  }

  private static func shifted(_ x: ONNXArray, by zero: ONNXArray?, axis: Int) throws -> ONNXArray {
    guard let zero else { return x }
    let place = try places(zero, along: axis, of: x)
    return try ONNXArray(x.dimensions, .float64) { x[$0] - zero[place($0)] }
  }

  private static func asInt32(_ x: ONNXArray) throws -> ONNXArray {
    try ONNXArray(x.dimensions, .int32) { x[$0] }
  }

  private static func matMulInteger(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (a, b) = (try call.input(0), try call.input(1))
    let left = try shifted(a, by: call.optional(2), axis: Swift.max(a.rank - 2, 0))
    let right = try shifted(b, by: call.optional(3), axis: Swift.max(b.rank - 1, 0))
    return [try asInt32(delegated(call, to: "MatMul", [wide(left), wide(right)], [:]))]
  }

  /// In double precision, in which sums of whole numbers are exact.
  private static func wide(_ x: ONNXArray) throws -> ONNXArray {
    try ONNXArray(x.dimensions, .float64) { x[$0] }
  }

  private static func qLinearMatMul(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (a, b) = (try call.input(0), try call.input(3))
    let left = try dequantized(a, call.input(1), call.optional(2), axis: Swift.max(a.rank - 2, 0))
    let right = try dequantized(b, call.input(4), call.optional(5), axis: Swift.max(b.rank - 1, 0))
    let product = try delegated(call, to: "MatMul", [wide(left), wide(right)], [:])
    return [try quantized(product, call.input(6), call.optional(7), axis: Swift.max(product.rank - 2, 0))]
  }

  private static func convInteger(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, w) = (try call.input(0), try call.input(1))
    let inputs = [
      try wide(shifted(x, by: call.optional(2), axis: 1)),
      try wide(shifted(w, by: call.optional(3), axis: 0)),
    ]
    return [try asInt32(delegated(call, to: "Conv", inputs, call.node.attributes))]
  }

  private static func qLinearConv(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, scale, w, weightScale) = (
      try call.input(0), try call.input(1), try call.input(3), try call.input(4)
    )
    let inputs = [
      try wide(dequantized(x, scale, call.optional(2), axis: 1)),
      try wide(dequantized(w, weightScale, call.optional(5), axis: 0)),
      try call.optional(8).map { try scaled($0, by: scale, weightScale) },
    ]
    let y = try delegated(call, to: "Conv", inputs, call.node.attributes)
    return [try quantized(y, call.input(6), call.optional(7), axis: 1)]
  }

  /// A bias in the unit of the products.
  private static func scaled(_ bias: ONNXArray, by first: ONNXArray, _ second: ONNXArray) throws -> ONNXArray
  {
    try ONNXArray(bias.dimensions, .float64) { bias[$0] * first[0] * second[second.count == 1 ? 0 : $0] }
  }

  private static func qGemm(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (a, scale, b, weightScale) = (
      try call.input(0), try call.input(1), try call.input(3), try call.input(4)
    )
    let isTransposed = try call.integer("transB", 0) != 0
    let inputs = [
      try wide(dequantized(a, scale, call.optional(2), axis: 0)),
      try wide(dequantized(b, weightScale, call.optional(5), axis: isTransposed ? 0 : 1)),
      try call.optional(6).map { try scaled($0, by: scale, weightScale) },
    ]
    let y = try delegated(call, to: "Gemm", inputs, call.node.attributes.filter { $0.key != "domain" })
    guard let outputScale = call.optional(7) else { return [try ONNXArray(y.dimensions, .float32) { y[$0] }] }
    return [try quantized(y, outputScale, call.optional(8), axis: 0)]
  }
}
