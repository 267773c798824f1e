import Engine
import Platform

/// A tensor of any of the format's types during interpretation. All numbers are stored as doubles, and every
/// operator rounds them to their type; integers are exact up to 2⁵³.
struct ONNXArray {
  /// The format's TensorProto.DataType.
  enum Element: Int {
    case float32 = 1, uint8, int8, uint16, int16, int32, int64, string, bool, float16, float64, uint32, uint64
    case bfloat16 = 16

    var isWhole: Bool {
      switch self {
      case .float32, .float16, .float64, .bfloat16, .string: false
      default: true
      }
    }

    /// `value` rounded to this type: to the nearest number; for integers, the fraction is removed and the
    /// result taken modulo the type's range.
    func rounded(_ value: Double) -> Double {
      switch self {
      case .float64, .string: return value
      case .float32: return Double(Float(value))
      case .float16: return Self.nearest(value, fraction: 10, smallest: -14, largest: 65504)
      case .bfloat16: return Self.nearest(value, fraction: 7, smallest: -126, largest: 0x1.fep127)
      case .bool: return value != 0 ? 1 : 0
      case .int8: return Double(Int8(truncatingIfNeeded: Self.whole(value)))
      case .int16: return Double(Int16(truncatingIfNeeded: Self.whole(value)))
      case .int32: return Double(Int32(truncatingIfNeeded: Self.whole(value)))
      case .int64: return Double(Self.whole(value))
      case .uint8: return Double(UInt8(truncatingIfNeeded: Self.whole(value)))
      case .uint16: return Double(UInt16(truncatingIfNeeded: Self.whole(value)))
      case .uint32: return Double(UInt32(truncatingIfNeeded: Self.whole(value)))
      case .uint64: return value.rounded(.towardZero)
      }
    }

    static func whole(_ value: Double) -> Int64 {
      guard !value.isNaN else { return 0 }
      return Int64(exactly: value.rounded(.towardZero)) ?? (value > 0 ? .max : .min)
    }

    /// Rounds to a binary format with `fraction` fraction bits and a minimum exponent of `smallest`.
    private static func nearest(_ value: Double, fraction: Int, smallest: Int, largest: Double) -> Double {
      guard value.isFinite, value != 0 else { return value }
      let exponent = max(Int(value.exponent), smallest)
      let unit = Double(sign: .plus, exponent: exponent - fraction, significand: 1)
      let result = (value / unit).rounded(.toNearestOrEven) * unit
      return abs(result) > largest ? (value < 0 ? -.infinity : .infinity) : result
    }
  }

  var dimensions: [Int]
  var element: Element
  /// Empty for text.
  var numbers: Buffer<Double>
  var strings: [String]?

  /// The maximum number of elements, because a few bytes of a file could request any number.
  static let maximumCount = 1 << 26

  /// - Throws: `unsupported` for a size larger than the maximum; `outOfMemory`.
  init(_ dimensions: [Int], _ element: Element) throws {
    let count = try Shape(dimensions).count
    guard count <= Self.maximumCount, dimensions.count <= 32 else {
      throw Failure.unsupported("makes a tensor of shape \(dimensions)")
    }
    self.dimensions = dimensions
    self.element = element
    numbers = try Buffer<Double>(count: count, for: "a tensor")
  }

  /// An array with `value(index)` for each index, rounded to the type.
  init(_ dimensions: [Int], _ element: Element, _ value: (Int) throws -> Double) throws {
    try self.init(dimensions, element)
    for index in 0..<numbers.count { numbers.pointer[index] = element.rounded(try value(index)) }
  }

  static func integers(_ values: [Int], _ dimensions: [Int]? = nil) throws -> ONNXArray {
    try ONNXArray(dimensions ?? [values.count], .int64) { Double(values[$0]) }
  }

  var count: Int { strings?.count ?? numbers.count }
  var rank: Int { dimensions.count }
  /// NaN beyond the end, because operands of a file may be shorter than an operator expects.
  subscript(index: Int) -> Double {
    index >= 0 && index < numbers.count ? numbers.pointer[index] : .nan
  }

  /// The numbers as sizes, indices or axes, limited so that sums of a few cannot overflow.
  var integers: [Int] {
    numbers.elements.map { min(max(Int(clamping: Element.whole($0)), -(1 << 40)), 1 << 40) }
  }
  var first: Double? { numbers.count > 0 ? numbers.pointer[0] : nil }

  /// The same numbers in another shape with the same number of elements.
  func reshaped(_ dimensions: [Int]) throws -> ONNXArray {
    guard try Shape(dimensions).count == count else {
      throw Failure.invalidModel("\(self.dimensions) does not have as many elements as \(dimensions)")
    }
    var result = self
    result.dimensions = dimensions
    return result
  }

  /// An array whose elements are those at `place(index)` of this one.
  func picked(_ dimensions: [Int], _ place: (Int) throws -> Int) throws -> ONNXArray {
    if let strings {
      var result = try ONNXArray([0], .string)
      result.dimensions = dimensions
      result.strings = try (0..<Shape(dimensions).count).map { strings[try place($0)] }
      return result
    }
    return try ONNXArray(dimensions, element) { numbers.pointer[try place($0)] }
  }

  /// For each axis, the product of the dimensions after it.
  static func strides(_ dimensions: [Int]) -> [Int] {
    var (result, stride) = (Array(repeating: 1, count: dimensions.count), 1)
    for axis in dimensions.indices.reversed() {
      result[axis] = stride
      stride *= dimensions[axis]
    }
    return result
  }

  /// The position on each axis for a flat index.
  static func position(_ index: Int, _ dimensions: [Int]) -> [Int] {
    var (rest, result) = (index, dimensions)
    for axis in dimensions.indices.reversed() {
      result[axis] = rest % max(dimensions[axis], 1)
      rest /= max(dimensions[axis], 1)
    }
    return result
  }

  /// The common shape of broadcast shapes, as in NumPy.
  static func broadcast(_ shapes: [[Int]]) throws -> [Int] {
    let rank = shapes.map(\.count).max() ?? 0
    var result = Array(repeating: 1, count: rank)
    for shape in shapes {
      for (axis, size) in zip(rank - shape.count..<rank, shape) where size != 1 {
        guard result[axis] == 1 || result[axis] == size else {
          throw Failure.invalidModel("\(shapes) do not broadcast")
        }
        result[axis] = size
      }
    }
    return result
  }

  /// A function from each index of a broadcast shape to the index in this array.
  func places(in shape: [Int]) -> (Int) -> Int {
    if dimensions == shape { return { $0 } }
    if count == 1 { return { _ in 0 } }
    let own = Self.strides(dimensions)
    var steps = Array(repeating: 0, count: shape.count)
    for (axis, size) in zip(shape.count - rank..<shape.count, dimensions) where size != 1 {
      steps[axis] = own[axis - (shape.count - rank)]
    }
    return { index in
      var (rest, place) = (index, 0)
      for axis in shape.indices.reversed() {
        place += rest % shape[axis] * steps[axis]
        rest /= shape[axis]
      }
      return place
    }
  }

  func broadcast(to shape: [Int]) throws -> ONNXArray {
    guard try Self.broadcast([dimensions, shape]) == shape else {
      throw Failure.invalidModel("\(dimensions) does not broadcast to \(shape)")
    }
    return try picked(shape, places(in: shape))
  }

  /// The array with its axes in another order.
  func transposed(_ order: [Int]) throws -> ONNXArray {
    let steps = Self.strides(dimensions)
    let (shape, moved) = (order.map { dimensions[$0] }, order.map { steps[$0] })
    return try picked(shape) { index in
      var (rest, place) = (index, 0)
      for axis in shape.indices.reversed() {
        place += rest % shape[axis] * moved[axis]
        rest /= shape[axis]
      }
      return place
    }
  }

  /// The size of `axis`, and the products of the sizes before and after it.
  func split(at axis: Int) -> (outer: Int, size: Int, inner: Int) {
    (
      dimensions[..<axis].reduce(1, *), dimensions[axis], dimensions[(axis + 1)...].reduce(1, *)
    )
  }
}

extension ONNXArray {
  /// The values of a file's tensor.
  init(_ tensor: ONNXTensor) throws {
    switch tensor.storage {
    case .strings(let values):
      try self.init([0], .string)
      (dimensions, strings) = (tensor.dimensions, values)
    case .floats, .halves:
      guard let values = try tensor.floats() else { throw Failure.internal("numbers that are text") }
      // These numbers already have their type and need no rounding.
      try self.init(tensor.dimensions, tensor.element.flatMap(Element.init) ?? .float32)
      let (from, to) = (values.pointer, numbers.pointer)
      for index in 0..<min(numbers.count, values.count) { to[index] = Double(from[index]) }
      withExtendedLifetime(values) {}
    case .integers(let values):
      let element = tensor.element.flatMap(Element.init) ?? .int64
      try self.init(tensor.dimensions, element) { Double(values[$0]) }
    }
  }

  /// The array as a constant of the importer.
  func tensor() throws -> ONNXTensor {
    let storage: ONNXTensor.Storage
    if let strings {
      storage = .strings(strings)
    } else if element.isWhole {
      storage = .integers(numbers.elements.map { Element.whole($0) })
    } else {
      let floats = try Buffer<Float>(count: count, for: "a constant")
      for index in 0..<count { floats.pointer[index] = Float(numbers.pointer[index]) }
      storage = .floats(floats)
    }
    return ONNXTensor(dimensions: dimensions, storage: storage, element: element.rawValue)
  }
}
