import Engine
import Platform

/// The operators of ai.onnx.ml that prepare columns, in the engine's: what stands behind them can be tuned.
enum ONNXPreparation {
  static let table: [String: ONNXOperators.Importer] = [
    "ai.onnx.ml.Imputer": imputer, "ai.onnx.ml.Binarizer": binarizer,
    "ai.onnx.ml.OneHotEncoder": oneHotEncoder, "ai.onnx.ml.LabelEncoder": labelEncoder,
    "ReduceProd": product, "Less": { try compare($0, isLess: true) },
  ]

  /// Numbers in the place of missing ones; a network of texts has none that are missing.
  private static func imputer(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    guard let values = try call.floats("imputed_value_floats"), !values.isEmpty,
      try call.float("replaced_value_float", 0).isNaN
    else { throw call.unsupported("replaces other numbers than NaN, which the engine does not") }
    guard values.count == 1 || values.count == call.shape(x).last else {
      throw call.invalid("has \(values.count) numbers for \(call.shape(x).last) columns")
    }
    return [.rows(try call.apply(Imputation(), [x, call.parameter(values, "values")]))]
  }

  private static func binarizer(_ call: ONNXCall) throws -> [ONNXSymbol] {
    [.rows(try call.apply(Threshold(call.float("threshold", 0)), [call.rows(0)]))]
  }

  /// x < c, as whether c − x is above 0.
  private static func compare(_ call: ONNXCall, isLess: Bool) throws -> [ONNXSymbol] {
    let difference = try ONNXElementwise.combine(call, .subtract, call.operand(1), call.operand(0))
    guard case .rows(let value) = difference else { throw call.unsupported("compares constants") }
    return [.rows(try call.apply(Threshold(0), [value]))]
  }

  // MARK: Categories

  private static let nearly: Float = 1e-30

  /// For each of some numbers whether x, a column, is that number: 1 or 0.
  private static func equalities(_ call: ONNXCall, _ x: Graph.ValueID, _ numbers: [Float]) throws
    -> Graph.ValueID
  {
    let difference = try call.apply(Arithmetic(.subtract), [x, call.parameter(numbers, "categories")])
    let size = try call.apply(Unary(.absolute), [difference])
    let near = try call.apply(Arithmetic(.subtract), [call.parameter([nearly], "nearly"), size])
    return try call.apply(Threshold(0), [near])
  }

  /// The same where x is cut to its whole part first.
  private static func wholeEqualities(_ call: ONNXCall, _ x: Graph.ValueID, _ numbers: [Int]) throws
    -> Graph.ValueID
  {
    // x is at least the lower bound if it is above the number before it.
    let lower = numbers.map { $0 > 0 ? Float($0).nextDown : Float($0 - 1) }
    let upper = numbers.map { $0 < 0 ? Float($0) : Float($0 + 1).nextDown }
    let aboveLower = try call.apply(Arithmetic(.subtract), [x, call.parameter(lower, "lower")])
    let aboveUpper = try call.apply(Arithmetic(.subtract), [x, call.parameter(upper, "upper")])
    return try call.apply(
      Arithmetic(.subtract),
      [call.apply(Threshold(0), [aboveLower]), call.apply(Threshold(0), [aboveUpper])])
  }

  private static func oneHotEncoder(_ call: ONNXCall) throws -> [ONNXSymbol] {
    guard try call.integer("zeros", 1) != 0 else {
      throw call.unsupported("refuses categories that are not listed, which the engine does not")
    }
    let names = try call.strings("cats_strings") ?? []
    let numbers = try call.integers("cats_int64s") ?? []
    let count = max(names.count, numbers.count)
    guard count > 0, numbers.allSatisfy({ abs($0) < 1 << 24 }) else {
      throw call.unsupported("has no categories that the engine tells apart")
    }
    func encoded(_ column: Graph.ValueID, _ encode: () throws -> Graph.ValueID) throws -> [ONNXSymbol] {
      let dimensions = call.shape(column).dimensions
      guard call.shape(column).count == 1 else { throw call.unsupported("encodes several columns at once") }
      return [.rows(try call.reshape(encode(), dimensions + [count]))]
    }
    switch call.operand(0) {
    case .texts(let codes, let known)?:
      // A category that no text is coded as is none's.
      let wanted = names.map { name -> Float in Float(known.firstIndex(of: name) ?? known.count + 1) }
      return try encoded(codes) { try equalities(call, codes, wanted) }
    case .indices(let value)?, .rows(let value)?:
      return try encoded(value) { try wholeEqualities(call, value, numbers) }
    default: throw call.invalid("has no column")
    }
  }

  private static func labelEncoder(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let map = try ONNXLabelMap(call)
    switch call.operand(0) {
    case .texts(let codes, let known)?:
      guard map.textKeys != nil else { throw call.invalid("has keys that are no texts for texts") }
      // What each code becomes; last of all, what a text does that is not listed.
      let places = known.map { map.place(of: $0) } + [nil]
      switch map.values {
      case .texts(let texts, let other):
        let words = places.map { $0.map { texts[$0] } ?? other }
        return [
          .texts(try looked(call, codes, words.map { Float(known.firstIndex(of: $0) ?? known.count) }), known)
        ]
      case .numbers(let numbers, let other, _):
        return [.rows(try looked(call, codes, places.map { Float($0.map { numbers[$0] } ?? other) }))]
      }
    case .rows(let value)?, .indices(let value)?:
      guard case .numbers(let numbers, let other, _) = map.values, map.textKeys == nil,
        map.numberKeys.allSatisfy({ !$0.isNaN }), call.shape(value).count == 1, numbers.count <= 1024
      else { throw call.unsupported("its keys and values are not numbers of one column") }
      // default + Σ over keys (value − default) where x is the key
      let hot = try equalities(call, value, map.numberKeys.map { Float($0) })
      let weights = try call.parameter(
        ONNXTensor.floats(numbers.map { Float($0 - other) }, dimensions: [numbers.count, 1]), "values")
      let result = try call.apply(
        Linear(weightIsInputMajor: true), [hot, weights, call.parameter([Float(other)], "default")])
      return [.rows(try call.reshape(result, call.shape(value).dimensions))]
    default: throw call.invalid("has no column")
    }
  }

  /// A number for each code, in the codes' shape.
  private static func looked(_ call: ONNXCall, _ codes: Graph.ValueID, _ numbers: [Float]) throws
    -> Graph.ValueID
  {
    let table = try call.parameter(
      ONNXTensor.floats(numbers, dimensions: [numbers.count, 1]), "table")
    return try call.reshape(call.apply(Embedding(), [codes, table]), call.shape(codes).dimensions)
  }

  // MARK: Columns

  /// The product of a row's columns, as the exporter of PolynomialFeatures multiplies them.
  private static func product(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    let dimensions = call.shape(x).dimensions
    let axes = try call.integers(input: 1, attribute: "axes") ?? []
    guard axes == [1] || axes == [-1], dimensions.count == 1, dimensions[0] <= 64,
      try call.integer("keepdims", 1) != 0
    else { throw call.unsupported("multiplies more than columns of a row") }
    var result = try ONNXSelection.columns(call, x, axis: 0, [0])
    for column in 1..<max(dimensions[0], 1) {
      result = try call.apply(
        Arithmetic(.multiply), [result, ONNXSelection.columns(call, x, axis: 0, [Int64(column)])])
    }
    return [.rows(result)]
  }

  /// The same number in every row, where the shape is one of rows: nothing of an input times 0, plus the number.
  static func constantColumns(_ call: ONNXCall) throws -> [ONNXSymbol] {
    guard let shape = try call.requiredConstant(0).integers, shape.first == -1, shape.count >= 2,
      shape.dropFirst().allSatisfy({ (1...4096).contains($0) }),
      let input = call.importer.builder.graph.inputs.first
    else { throw call.unsupported("this operator is not supported") }
    var value: Float = 0
    if case .tensor(let tensor)? = call.node.attributes["value"] { value = tensor.scalar ?? 0 }
    let flat = try call.reshape(input, [call.shape(input).count])
    let mark = try call.apply(
      Threshold(.greatestFiniteMagnitude), [ONNXSelection.columns(call, flat, axis: 0, [0])])
    let count = shape.dropFirst().reduce(1) { $0 * Int($1) }
    let zeros = try call.apply(
      Arithmetic(.multiply), [mark, call.parameter([Float](repeating: 0, count: count), "zeros")])
    let result = try call.apply(Arithmetic(.add), [zeros, call.parameter([value], "value")])
    return [.rows(try call.reshape(result, shape.dropFirst().map { Int($0) }))]
  }
}
