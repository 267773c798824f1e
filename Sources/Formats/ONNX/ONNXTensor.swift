import COnnx
import Engine
import Platform

/// A constant tensor of a file, or one computed from others.
struct ONNXTensor {
  enum Storage {
    case floats(Buffer<Float>)
    /// Weights of 16 bits, `.float16` or `.bfloat16`, which keep their type.
    case halves(TensorStorage)
    case integers([Int64])
    case strings([String])
  }

  /// Including the row dimension if there is one; [] is a scalar.
  var dimensions: [Int]
  var storage: Storage
  /// The name of the initializer, possibly reshaped: a weight, which tuning may change.
  var weight: String?
  /// The name of a tensor that is not a weight.
  var name: String?
  /// The number of the element type in the format, if known.
  var element: Int?

  var count: Int {
    switch storage {
    case .floats(let values): values.count
    case .halves(let values): values.count
    case .integers(let values): values.count
    case .strings(let values): values.count
    }
  }

  /// Whether no product of its dimensions can overflow; an empty tensor could have any dimensions.
  var isPlain: Bool {
    dimensions.count <= 16 && (!dimensions.contains(0) || dimensions.count == 1)
  }

  var integers: [Int64]? { if case .integers(let values) = storage { values } else { nil } }
  var strings: [String]? { if case .strings(let values) = storage { values } else { nil } }

  /// The values as float32; nil for text.
  func floats() throws -> Buffer<Float>? {
    switch storage {
    case .floats(let values): values
    case .halves(let values):
      try Tensor(name: weight ?? name ?? "", shape: Shape([values.count]), storage: values).values
    case .integers(let values): try Buffer(copying: values.lazy.map { Float($0) })
    case .strings: nil
    }
  }

  /// The value of a tensor with one element.
  var scalar: Float? {
    guard count == 1 else { return nil }
    switch storage {
    case .floats(let values): return values.elements.first
    case .halves: return (try? floats())??.elements.first
    case .integers(let values): return values.first.map { Float($0) }
    case .strings: return nil
    }
  }

  /// The numbers as the engine stores weights; nil for text.
  func stored() throws -> TensorStorage? {
    if case .halves(let values) = storage { return values }
    return try floats().map { .float32($0) }
  }

  static func floats(_ values: [Float], dimensions: [Int]) throws -> ONNXTensor {
    ONNXTensor(dimensions: dimensions, storage: .floats(try Buffer(copying: values)))
  }

  static func integers(_ values: [Int64], dimensions: [Int]? = nil) -> ONNXTensor {
    ONNXTensor(dimensions: dimensions ?? [values.count], storage: .integers(values))
  }
}

/// Decodes the format's TensorProto (onnx.proto, field `data_type`); all numbers are checked.
struct ONNXTensorDecoder {
  /// Reads `count` bytes at `offset` of another file.
  let external:
    (_ location: String, _ offset: Int, _ count: Int?) throws -> (UnsafeRawBufferPointer, AnyObject)

  private enum DataType: Int32 {
    case float32 = 1, uint8, int8, uint16, int16, int32, int64, string, bool, float16, float64, uint32, uint64
    case bfloat16 = 16

    var size: Int {
      switch self {
      case .uint8, .int8, .bool: 1
      case .uint16, .int16, .float16, .bfloat16: 2
      case .float32, .int32, .uint32: 4
      case .int64, .float64, .uint64: 8
      case .string: 0
      }
    }
  }

  /// A tensor in a separate file.
  func decode(bytes: UnsafeRawBufferPointer) throws -> ONNXTensor {
    let base = bytes.bindMemory(to: UInt8.self).baseAddress
    guard let tensor = onnx__tensor_proto__unpack(&onnx_allocator, bytes.count, base) else {
      try Memory.check()
      throw Failure.invalidModel("not a tensor, or one that was cut off")
    }
    defer { onnx__tensor_proto__free_unpacked(tensor, &onnx_allocator) }
    return try decode(tensor.pointee)
  }

  func decode(_ tensor: Onnx__TensorProto) throws -> ONNXTensor {
    let name = ONNXText.string(tensor.name)
    let dimensions = try ONNXText.list(tensor.dims, tensor.n_dims).map { dimension -> Int in
      guard let value = Int(exactly: dimension), value >= 0 else {
        throw Failure.invalidModel("tensor \"\(name)\" has the dimension \(dimension)")
      }
      return value
    }
    let count = try Shape(dimensions).count
    guard let type = DataType(rawValue: tensor.data_type) else {
      throw Failure.unsupported(
        "tensor \"\(name)\" has elements of type \(tensor.data_type), which is not read")
    }
    func check(_ found: Int) throws {
      guard found == count else {
        throw Failure.invalidModel(
          "tensor \"\(name)\" has \(found) values where its shape \(dimensions) asks for \(count)")
      }
    }
    let storage: ONNXTensor.Storage
    if tensor.data_location == 1 {
      storage = try decodeExternal(tensor, name: name, type: type, count: count)
    } else if tensor.has_raw_data != 0 {
      let bytes = UnsafeRawBufferPointer(start: tensor.raw_data.data, count: tensor.raw_data.len)
      storage = try decodeRaw(bytes, name: name, type: type, count: count)
    } else {
      switch type {
      case .float32:
        try check(tensor.n_float_data)
        storage = .floats(
          try Buffer(copying: UnsafeBufferPointer(start: tensor.float_data, count: tensor.n_float_data)))
      case .float64:
        try check(tensor.n_double_data)
        let values = UnsafeBufferPointer(start: tensor.double_data, count: tensor.n_double_data)
        storage = .floats(try Buffer(copying: values.lazy.map { Float($0) }))
      case .float16, .bfloat16:
        try check(tensor.n_int32_data)
        let values = UnsafeBufferPointer(start: tensor.int32_data, count: tensor.n_int32_data)
        storage = Self.halves(try Buffer(copying: values.lazy.map { UInt16(truncatingIfNeeded: $0) }), type)
      case .int64:
        try check(tensor.n_int64_data)
        storage = .integers(ONNXText.list(tensor.int64_data, tensor.n_int64_data))
      case .uint32, .uint64:
        try check(tensor.n_uint64_data)
        storage = .integers(
          ONNXText.list(tensor.uint64_data, tensor.n_uint64_data).map { Int64(truncatingIfNeeded: $0) })
      case .string:
        try check(tensor.n_string_data)
        storage = .strings(ONNXText.strings(tensor.string_data, tensor.n_string_data))
      default:
        try check(tensor.n_int32_data)
        storage = .integers(ONNXText.list(tensor.int32_data, tensor.n_int32_data).map(Int64.init))
      }
    }
    guard dimensions.count <= 16 else {
      throw Failure.unsupported("tensor \"\(name)\" has the shape \(dimensions)")
    }
    return ONNXTensor(dimensions: dimensions, storage: storage, element: Int(tensor.data_type))
  }

  private static func halves(_ values: Buffer<UInt16>, _ type: DataType) -> ONNXTensor.Storage {
    .halves(type == .float16 ? .float16(values) : .bfloat16(values))
  }

  private func decodeRaw(
    _ bytes: UnsafeRawBufferPointer, name: String, type: DataType, count: Int
  ) throws -> ONNXTensor.Storage {
    let (wanted, overflow) = count.multipliedReportingOverflow(by: type.size)
    guard !overflow, bytes.count == wanted, type != .string else {
      throw Failure.invalidModel(
        "tensor \"\(name)\" has \(bytes.count) bytes where its shape asks for \(wanted)")
    }
    func floats(_ value: (Int) -> Float) throws -> ONNXTensor.Storage {
      let buffer = try Buffer<Float>(count: count, for: "tensor \"\(name)\"")
      for index in 0..<count { buffer.pointer[index] = value(index) }
      return .floats(buffer)
    }
    func load<T: BitwiseCopyable>(_ type: T.Type, _ index: Int) -> T {
      bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: type)
    }
    func integers<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> ONNXTensor.Storage {
      .integers((0..<count).map { Int64(truncatingIfNeeded: T(littleEndian: load(type, $0))) })
    }
    switch type {
    case .float32:
      let buffer = try Buffer<Float>(count: count, for: "tensor \"\(name)\"")
      UnsafeMutableRawBufferPointer(start: buffer.pointer, count: wanted).copyMemory(from: bytes)
      return .floats(buffer)
    case .float64: return try floats { Float(Double(bitPattern: load(UInt64.self, $0))) }
    case .float16, .bfloat16:
      let buffer = try Buffer<UInt16>(count: count, for: "tensor \"\(name)\"")
      UnsafeMutableRawBufferPointer(start: buffer.pointer, count: wanted).copyMemory(from: bytes)
      return Self.halves(buffer, type)
    case .uint8, .bool: return integers(UInt8.self)
    case .int8: return integers(Int8.self)
    case .uint16: return integers(UInt16.self)
    case .int16: return integers(Int16.self)
    case .int32: return integers(Int32.self)
    case .uint32: return integers(UInt32.self)
    case .int64: return integers(Int64.self)
    case .uint64: return integers(UInt64.self)
    case .string: throw Failure.invalidModel("tensor \"\(name)\" has text as raw bytes")
    }
  }

  /// Weights in another file: keys `location`, `offset` and `length`.
  private func decodeExternal(
    _ tensor: Onnx__TensorProto, name: String, type: DataType, count: Int
  ) throws -> ONNXTensor.Storage {
    var entries: [String: String] = [:]
    for entry in ONNXText.messages(tensor.external_data, tensor.n_external_data) {
      entries[ONNXText.string(entry.key)] = ONNXText.string(entry.value)
    }
    guard let location = entries["location"], !location.isEmpty else {
      throw Failure.invalidModel("tensor \"\(name)\" lies in another file that it does not name")
    }
    let offset = entries["offset"].flatMap { Int($0) } ?? 0
    let (wanted, overflow) = count.multipliedReportingOverflow(by: type.size)
    guard offset >= 0, !overflow else {
      throw Failure.invalidModel("tensor \"\(name)\" lies at byte \(offset) of \(location)")
    }
    let (bytes, owner) = try external(location, offset, wanted)
    return try withExtendedLifetime(owner) { try decodeRaw(bytes, name: name, type: type, count: count) }
  }
}
