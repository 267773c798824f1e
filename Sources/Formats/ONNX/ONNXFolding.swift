import Engine
import Platform
#if canImport(Glibc)
  import Glibc
#endif

/// Constant folding: computes operators with constant operands while the file is read.
enum ONNXFolding {
  /// The maximum number of elements of an operator's result, because a few bytes could request any number.
  static let maximumCount = 1 << 22

  static let table: [String: (ONNXCall) throws -> [ONNXTensor]] = [
    "Constant": constant,
    "ConstantOfShape": constantOfShape,
    "Identity": { [try $0.requiredConstant(0)] },
    "Cast": cast,
    "Shape": { [.integers(try $0.requiredConstant(0).dimensions.map { Int64($0) })] },
    "Size": { [.integers([Int64(try $0.requiredConstant(0).count)], dimensions: [])] },
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Concat": concat,
    "Gather": gather,
    "Slice": slice,
    "Add": arithmetic(.add),
    "Sub": arithmetic(.subtract),
    "Mul": arithmetic(.multiply),
    "Div": arithmetic(.divide),
    "Pow": arithmetic(.power),
    "Max": arithmetic(.maximum),
    "Min": arithmetic(.minimum),
    "Neg": unary { -$0 },
    "Abs": unary { abs($0) },
    "Sqrt": unary { $0.squareRoot() },
    "Exp": unary { exp($0) },
    "Log": unary { log($0) },
    "Reciprocal": unary { 1 / $0 },
  ]

  static func constant(_ call: ONNXCall) throws -> [ONNXTensor] {
    guard call.node.attributes.count == 1, let (name, value) = call.node.attributes.first else {
      throw call.invalid("has \(call.node.attributes.count) values; one is needed")
    }
    switch value {
    case .tensor(var tensor):
      tensor.name = call.node.outputs.first
      return [tensor]
    case .float(let number): return [try .floats([number], dimensions: [])]
    case .integer(let number): return [.integers([number], dimensions: [])]
    case .floats(let numbers): return [try .floats(numbers, dimensions: [numbers.count])]
    case .integers(let numbers): return [.integers(numbers)]
    case .string(let text): return [ONNXTensor(dimensions: [], storage: .strings([text]))]
    case .strings(let texts): return [ONNXTensor(dimensions: [texts.count], storage: .strings(texts))]
    case .graph, .reference, .other: throw call.unsupported("a constant given as \"\(name)\" is not read")
    }
  }

  static func constantOfShape(_ call: ONNXCall) throws -> [ONNXTensor] {
    let dimensions = (try call.integers(input: 0, attribute: "")) ?? []
    let count = try Shape(dimensions).count
    guard count <= maximumCount else { throw call.unsupported("makes a constant of \(count) elements") }
    if case .tensor(let value)? = call.node.attributes["value"] {
      if let number = value.integers?.first {
        return [.integers(Array(repeating: number, count: count), dimensions: dimensions)]
      }
      return [try .floats(Array(repeating: value.scalar ?? 0, count: count), dimensions: dimensions)]
    }
    return [try .floats(Array(repeating: 0, count: count), dimensions: dimensions)]
  }

  static func cast(_ call: ONNXCall) throws -> [ONNXTensor] {
    var tensor = try call.requiredConstant(0)
    let target = try call.integer("to", 1)
    tensor.element = target
    if case .halves = tensor.storage, ![1, 10, 11, 16].contains(target), let values = try tensor.floats() {
      tensor.storage = .floats(values)
    }
    switch (tensor.storage, target) {
    // Every number of 16 bits is one of float32 and float64.
    case (.halves, _): break
    case (.integers, 1), (.integers, 10), (.integers, 11), (.integers, 16):
      guard let values = try tensor.floats() else { break }
      tensor.storage = .floats(values)
    case (.floats(let values), 2...7), (.floats(let values), 12), (.floats(let values), 13):
      tensor.storage = .integers(
        try values.elements.map { value in
          guard let whole = Int64(exactly: value.rounded(.towardZero)) else {
            throw call.invalid("casts \(value) to a whole number")
          }
          return whole
        })
    case (.floats, 1), (.floats, 10), (.floats, 11), (.floats, 16), (.integers, 2...7), (.integers, 9),
      (.integers, 12),
      (.integers, 13), (.strings, 8):
      break
    default: throw call.unsupported("casts a constant to type \(target)")
    }
    return [tensor]
  }

  static func unary(_ function: @escaping (Float) -> Float) -> (ONNXCall) throws -> [ONNXTensor] {
    { call in
      let tensor = try call.requiredConstant(0)
      guard let values = try tensor.floats() else { throw call.invalid("computes with text") }
      if let integers = tensor.integers {
        let results = integers.map { function(Float($0)) }
        // Arithmetic of shapes gives integers.
        let whole = results.compactMap { Int64(exactly: $0) }
        if whole.count == results.count { return [.integers(whole, dimensions: tensor.dimensions)] }
      }
      return [
        ONNXTensor(
          dimensions: tensor.dimensions,
          storage: .floats(try Buffer(copying: values.elements.lazy.map(function))))
      ]
    }
  }

  static func arithmetic(_ function: Arithmetic.Function) -> (ONNXCall) throws -> [ONNXTensor] {
    { call in
      var result = try call.requiredConstant(0)
      for index in call.operands.indices.dropFirst() {
        result = try arithmetic(call, function, result, call.requiredConstant(index))
      }
      return [result]
    }
  }

  static func arithmetic(
    _ call: ONNXCall, _ function: Arithmetic.Function, _ a: ONNXTensor, _ b: ONNXTensor
  ) throws -> ONNXTensor {
    let rank = max(a.dimensions.count, b.dimensions.count)
    let padded = [a, b].map { Array(repeating: 1, count: rank - $0.dimensions.count) + $0.dimensions }
    let dimensions = try zip(padded[0], padded[1]).map { left, right -> Int in
      guard left == right || left == 1 || right == 1 else {
        throw call.invalid("\(a.dimensions) and \(b.dimensions) do not broadcast")
      }
      return left == 1 ? right : left
    }
    let count = try Shape(dimensions).count
    guard count <= max(maximumCount, a.count, b.count) else {
      throw call.unsupported("makes a constant of \(count) elements")
    }
    func place(_ index: Int, _ own: [Int]) -> Int {
      var (rest, stride, result) = (index, 1, 0)
      for axis in dimensions.indices.reversed() {
        if own[axis] != 1 { result += rest % dimensions[axis] * stride }
        rest /= dimensions[axis]
        stride *= own[axis]
      }
      return result
    }
    if let left = a.integers, let right = b.integers {
      let values = try (0..<count).map { index -> Int64 in
        guard let value = whole(function, left[place(index, padded[0])], right[place(index, padded[1])])
        else {
          throw call.invalid("its whole numbers are out of range")
        }
        return value
      }
      return .integers(values, dimensions: dimensions)
    }
    guard let left = try a.floats(), let right = try b.floats() else {
      throw call.invalid("computes with text")
    }
    let buffer = try Buffer<Float>(count: count)
    for index in 0..<count {
      let (x, y) = (left.pointer[place(index, padded[0])], right.pointer[place(index, padded[1])])
      buffer.pointer[index] =
        switch function {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .power: pow(x, y)
        case .maximum: max(x, y)
        case .minimum: min(x, y)
        }
    }
    return ONNXTensor(dimensions: dimensions, storage: .floats(buffer))
  }

  private static func whole(_ function: Arithmetic.Function, _ x: Int64, _ y: Int64) -> Int64? {
    let result: (partialValue: Int64, overflow: Bool)
    switch function {
    case .add: result = x.addingReportingOverflow(y)
    case .subtract: result = x.subtractingReportingOverflow(y)
    case .multiply: result = x.multipliedReportingOverflow(by: y)
    case .divide: result = x.dividedReportingOverflow(by: y)
    case .power: return Int64(exactly: pow(Double(x), Double(y)).rounded())
    case .maximum: return max(x, y)
    case .minimum: return min(x, y)
    }
    return result.overflow ? nil : result.partialValue
  }
}
