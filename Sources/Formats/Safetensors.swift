import Engine
import Platform

/// A safetensors file: eight bytes with the header's length, the header (JSON: for each tensor its
/// element type, shape and byte range), and the tensors' bytes.
///
/// Tensors of F32, BF16 and F16 with aligned bytes refer to the mapped file, and stay in their type; other types
/// are converted to float32. A matrix of I8 is int8 weights if the file also has its scales, a tensor `NAME.scales`
/// of F32 with the shape (rows, 1) or (1, columns): its numbers are the products of both.
public struct Safetensors: @unchecked Sendable {
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let element: Element
    public let dimensions: [Int]
    /// The range in the file.
    public let bytes: Range<Int>
  }

  public enum Element: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"

    var size: Int {
      switch self {
      case .int8, .uint8, .bool: 1
      case .float16, .bfloat16, .int16, .uint16: 2
      case .float32, .int32, .uint32: 4
      case .float64, .int64, .uint64: 8
      }
    }
  }

  /// In the order of their bytes.
  public let entries: [Entry]
  public let metadata: [(key: String, value: String)]
  private let name: String
  private let content: UnsafeRawBufferPointer
  /// Keeps `content` alive; nil if the caller does.
  private let owner: AnyObject?
  private let places: [String: Int]

  /// The format's limit for headers.
  private static let maximumHeader = 100_000_000

  /// Maps a file and checks its whole header; tensors are not read yet.
  ///
  /// - Throws: `io`; `invalidModel` at `path:offset`.
  public init(path: String) throws {
    let (files, name) = FileSet.nextTo(path)
    try self.init(files, name)
  }

  /// The same for one file of a set.
  public init(_ files: FileSet, _ name: String) throws {
    let file = try files.open(name)
    try self.init(file.bytes, named: file.path, owner: file)
  }

  /// Reads bytes that the caller must keep alive as long as this value; the tensors are copies.
  public static func read(bytes: UnsafeRawBufferPointer, named name: String = "safetensors") throws
    -> Safetensors
  {
    try Safetensors(bytes, named: name, owner: nil)
  }

  private init(_ content: UnsafeRawBufferPointer, named name: String, owner: AnyObject?) throws {
    self.content = content
    self.name = name
    self.owner = owner
    guard content.count >= 8 else {
      throw Failure.invalidModel(
        "not a safetensors file: it has \(content.count) bytes, too few for a header's length",
        at: "\(name):0")
    }
    let length = UInt64(littleEndian: content.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    guard length <= UInt64(min(content.count - 8, Self.maximumHeader)) else {
      throw Failure.invalidModel(
        "not a safetensors file: its header claims \(length) bytes of a file of \(content.count)",
        at: "\(name):0")
    }
    let header = UnsafeRawBufferPointer(rebasing: content[8..<(8 + Int(length))])
    let json: JSONValue
    do {
      json = try JSONValue.parse(header.bindMemory(to: UInt8.self), failing: .invalidModel)
    } catch let failure as Failure {
      throw Failure(failure.kind, "\(name):8: the header is \(failure.message)", at: "\(name):8")
    }
    guard let members = json.members else {
      throw Failure.invalidModel("the header is \(json.kindName); an object is needed", at: "\(name):8")
    }
    var (entries, metadata): ([Entry], [(key: String, value: String)]) = ([], [])
    for member in members {
      if member.key == "__metadata__" {
        metadata = try Self.metadata(member.value, named: name)
      } else {
        entries.append(
          try Self.entry(member.key, member.value, start: 8 + Int(length), size: content.count, named: name))
      }
    }
    entries.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
    try Self.checkRanges(entries, start: 8 + Int(length), end: content.count, named: name)
    self.entries = entries
    self.metadata = metadata
    var places: [String: Int] = [:]
    for (index, entry) in entries.enumerated() { places[entry.name] = index }
    self.places = places
  }

  private static func metadata(_ json: JSONValue, named name: String) throws -> [(key: String, value: String)]
  {
    guard let members = json.members else {
      throw Failure.invalidModel(
        "__metadata__ is \(json.kindName); an object of strings is needed", at: "\(name):8")
    }
    return try members.map { member in
      guard let text = member.value.string else {
        throw Failure.invalidModel(
          "__metadata__ \"\(member.key)\" is \(member.value.kindName); a string is needed", at: "\(name):8")
      }
      return (member.key, text)
    }
  }

  private static func entry(
    _ key: String, _ json: JSONValue, start: Int, size: Int, named name: String
  ) throws -> Entry {
    let place = "\(name):\(start)"
    guard let type = json["dtype"]?.string, let shape = json["shape"]?.array,
      let range = json["data_offsets"]?.array,
      range.count == 2, let first = range[0].int, let last = range[1].int
    else {
      throw Failure.invalidModel(
        "tensor \"\(key)\" needs a dtype, a shape and two data_offsets", at: "\(name):8")
    }
    guard let element = Element(rawValue: type) else {
      throw Failure.unsupported(
        "\(name): tensor \"\(key)\" has elements of type \(type), which is not read", at: "\(name):8")
    }
    let dimensions = try shape.map { value -> Int in
      guard let dimension = value.int, dimension >= 0 else {
        throw Failure.invalidModel("tensor \"\(key)\" has the dimension \(value.text())", at: "\(name):8")
      }
      return dimension
    }
    guard first >= 0, last >= first, last <= size - start else {
      throw Failure.invalidModel(
        "tensor \"\(key)\" claims bytes \(first) to \(last) of a file of \(size)", at: place)
    }
    let count: Int
    do {
      count = try Shape(dimensions).count
    } catch {
      throw Failure.invalidModel(
        "tensor \"\(key)\": the shape \(dimensions) is not one that memory holds", at: place)
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: element.size)
    guard !overflow, bytes == last - first else {
      throw Failure.invalidModel(
        "tensor \"\(key)\" has \(last - first) bytes where its shape \(dimensions) of \(type) takes \(bytes)",
        at: "\(name):\(start + first)")
    }
    return Entry(name: key, element: element, dimensions: dimensions, bytes: (start + first)..<(start + last))
  }

  /// The format requires that the tensors fill the rest of the file, without gaps and overlaps.
  private static func checkRanges(_ entries: [Entry], start: Int, end: Int, named name: String) throws {
    var position = start
    var names = Set<String>()
    for entry in entries {
      guard names.insert(entry.name).inserted else {
        throw Failure.invalidModel("tensor \"\(entry.name)\" is there twice", at: "\(name):8")
      }
      guard entry.bytes.lowerBound == position else {
        let what =
          entry.bytes.lowerBound < position ? "overlaps the tensor before it" : "leaves a gap before it"
        throw Failure.invalidModel(
          "tensor \"\(entry.name)\" \(what)", at: "\(name):\(entry.bytes.lowerBound)")
      }
      position = entry.bytes.upperBound
    }
    guard position == end else {
      throw Failure.invalidModel("\(end - position) bytes follow the last tensor", at: "\(name):\(position)")
    }
  }

  public func contains(_ name: String) -> Bool { places[name] != nil }

  /// One tensor, in the type of the file if weights can be stored so.
  ///
  /// - Throws: `invalidModel` if there is no tensor with this name; `outOfMemory`.
  public func tensor(_ key: String) throws -> Tensor {
    guard let index = places[key], entries.indices.contains(index) else {
      throw Failure.invalidModel("\(name): there is no tensor \"\(key)\"", at: key)
    }
    let entry = entries[index]
    let shape = try Shape(entry.dimensions)
    if let weights = try int8Weights(of: entry) {
      return try Tensor(name: key, shape: shape, storage: weights)
    }
    switch entry.element {
    case .bfloat16:
      return try Tensor(
        name: key, shape: shape, storage: .bfloat16(stored(entry) { UInt16(littleEndian: $0) }))
    case .float16:
      return try Tensor(
        name: key, shape: shape, storage: .float16(stored(entry) { UInt16(littleEndian: $0) }))
    default: return try Tensor(name: key, shape: shape, values: values(of: entry))
    }
  }

  /// The suffix of the name of int8 weights' scales.
  static let scalesSuffix = ".scales"

  /// Int8 weights with their scales; nil if the tensor is not such a matrix.
  private func int8Weights(of entry: Entry) throws -> TensorStorage? {
    guard entry.element == .int8, entry.dimensions.count == 2,
      let place = places[entry.name + Self.scalesSuffix], case let scales = entries[place],
      scales.element == .float32,
      let axis = [0, 1].first(where: { axis in
        scales.dimensions == (0..<2).map { $0 == axis ? entry.dimensions[axis] : 1 }
      })
    else { return nil }
    let numbers = try values(of: scales)
    guard let wrong = numbers.elements.first(where: { !($0.isFinite && $0 >= 0) }) else {
      return .int8(try stored(entry) { $0 }, scales: numbers, axis: axis)
    }
    throw Failure.invalidModel(
      "\(name): tensor \"\(scales.name)\" has the scale \(wrong); finite ones from 0 are accepted",
      at: "\(name):\(scales.bytes.lowerBound)")
  }

  /// The numbers of a tensor in the type of the file: the file's own memory if it is aligned, otherwise a copy.
  private func stored<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ entry: Entry, _ native: (Bits) -> Bits
  ) throws -> Buffer<Bits> {
    try HostCall.check()
    let bytes = UnsafeRawBufferPointer(rebasing: content[entry.bytes])
    let (size, count) = (MemoryLayout<Bits>.size, entry.bytes.count / MemoryLayout<Bits>.size)
    if let owner, let base = bytes.baseAddress, Int(bitPattern: base) % size == 0 {
      // Only read: tensors are never changed in place.
      let numbers = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: Bits.self))
      return Buffer(borrowing: numbers, count: count, owner: owner)
    }
    let buffer = try Buffer<Bits>(count: count, for: "tensor \"\(entry.name)\"")
    for index in 0..<count {
      buffer.pointer[index] = native(bytes.loadUnaligned(fromByteOffset: index * size, as: Bits.self))
    }
    return buffer
  }

  /// All tensors by their names, as `tensor` reads them.
  public func tensors() throws -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for entry in entries { result[entry.name] = try tensor(entry.name) }
    return result
  }

  private func values(of entry: Entry) throws -> Buffer<Float> {
    try HostCall.check()
    let bytes = UnsafeRawBufferPointer(rebasing: content[entry.bytes])
    let count = entry.bytes.count / entry.element.size
    if entry.element == .float32, let owner, let base = bytes.baseAddress, Int(bitPattern: base) % 4 == 0 {
      // Only read: tensors are never changed in place.
      let floats = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: Float.self))
      return Buffer(borrowing: floats, count: count, owner: owner)
    }
    let buffer = try Buffer<Float>(count: count, for: "tensor \"\(entry.name)\"")
    func fill<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type, _ value: (Bits) -> Float) {
      for index in 0..<count {
        let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: type)
        buffer.pointer[index] = value(Bits(littleEndian: bits))
      }
    }
    switch entry.element {
    case .float32: fill(UInt32.self) { Float(bitPattern: $0) }
    case .float64: fill(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .float16: fill(UInt16.self) { HalfPrecision.float16($0) }
    case .bfloat16: fill(UInt16.self) { HalfPrecision.bfloat16($0) }
    case .int64: fill(Int64.self) { Float($0) }
    case .int32: fill(Int32.self) { Float($0) }
    case .int16: fill(Int16.self) { Float($0) }
    case .int8: fill(Int8.self) { Float($0) }
    case .uint64: fill(UInt64.self) { Float($0) }
    case .uint32: fill(UInt32.self) { Float($0) }
    case .uint16: fill(UInt16.self) { Float($0) }
    case .uint8, .bool: fill(UInt8.self) { Float($0) }
    }
    return buffer
  }

  /// Writes tensors in the types in which they are stored; the file is replaced atomically. Their order in the
  /// file is the given one within each size of numbers, larger sizes first, so that mapped tensors are aligned.
  ///
  /// - Parameter metadata: short texts for the header, such as `("format", "pt")`, which PyTorch's readers
  ///   require.
  /// - Throws: `io`; `invalidArgument` for two tensors with the same name.
  public static func write(
    _ tensors: [Tensor], metadata: [(key: String, value: String)] = [("format", "pt")], to path: String
  ) throws {
    let (sink, name) = DirectorySink.nextTo(path)
    try write(tensors, metadata: metadata, as: name, to: sink)
  }

  /// The same to any destination.
  public static func write(
    _ tensors: [Tensor], metadata: [(key: String, value: String)] = [("format", "pt")], as name: String,
    to sink: any FileSink
  ) throws {
    var members: [JSONValue.Member] = []
    if !metadata.isEmpty {
      members.append(.init("__metadata__", .object(metadata.map { .init($0.key, .string($0.value)) })))
    }
    var (names, offset): (Set<String>, Int) = (["__metadata__"], 0)
    let blocks = try tensors.flatMap(Block.all(of:))
    let ordered = [4, 2, 1].flatMap { size in blocks.filter { $0.element.size == size } }
    for block in ordered {
      guard names.insert(block.name).inserted else {
        throw Failure.invalidArgument("two tensors are named \"\(block.name)\"")
      }
      let end = offset + block.bytes.count
      members.append(
        .init(
          block.name,
          [
            "dtype": .string(block.element.rawValue),
            "shape": .array(block.dimensions.map { .integer($0) }),
            "data_offsets": [.integer(offset), .integer(end)],
          ]))
      offset = end
    }
    var header = Array(JSONValue.object(members).text().utf8)
    // Spaces up to a multiple of eight, so that mapped tensors are aligned.
    header += repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    try sink.write(name) { write in
      try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try write($0) }
      try header.withUnsafeBytes { try write($0) }
      try withExtendedLifetime(tensors) { for block in ordered { try write(block.bytes) } }
    }
  }

  /// What the file stores under one name. Valid while its tensor lives.
  private struct Block {
    let name: String
    let element: Element
    let dimensions: [Int]
    let bytes: UnsafeRawBufferPointer

    static func all(of tensor: Tensor) throws -> [Block] {
      func block(_ element: Element, _ bytes: UnsafeRawBufferPointer) -> Block {
        Block(name: tensor.name, element: element, dimensions: tensor.shape.dimensions, bytes: bytes)
      }
      switch tensor.storage {
      case .float32(let values): return [block(.float32, UnsafeRawBufferPointer(values.elements))]
      case .bfloat16(let values): return [block(.bfloat16, UnsafeRawBufferPointer(values.elements))]
      case .float16(let values): return [block(.float16, UnsafeRawBufferPointer(values.elements))]
      case .int8(let values, let scales, let axis):
        return [
          block(.int8, UnsafeRawBufferPointer(values.elements)),
          Block(
            name: tensor.name + scalesSuffix, element: .float32,
            dimensions: tensor.shape.dimensions.enumerated().map { $0.offset == axis ? $0.element : 1 },
            bytes: UnsafeRawBufferPointer(scales.elements)),
        ]
      }
    }
  }
}
