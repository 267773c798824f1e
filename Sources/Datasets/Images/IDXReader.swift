import Platform

/// Reads the IDX format of the MNIST files (LeCun): two zero bytes, the element type, the number of
/// dimensions, the dimensions as big-endian 32-bit numbers, and the elements.
struct IDXReader {
  let name: String
  let options: OpenOptions

  /// Images, (rows, height, width), become the column "image", a list the column "label", other shapes the
  /// column "values".
  ///
  /// - Throws: `invalidData` at `name:offset` for bytes that are not an IDX file.
  func read(_ bytes: UnsafeRawBufferPointer) throws -> Dataset {
    let header = try header(bytes)
    let rows = min(header.dimensions[0], options.maximumRows ?? .max)
    let column =
      switch (header.dimensions.count, header.element) {
      case (1, .uint8), (1, .int8), (1, .int16), (1, .int32):
        try Column(name: "label", integers: (0..<rows).map { Int64(header.number(bytes, $0)) })
      case (3, .uint8): try images(bytes, header, rows)
      default: try tensors(bytes, header, rows)
      }
    return try Dataset([column])
  }

  private enum Element: UInt8 {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0b
    case int32 = 0x0c
    case float32 = 0x0d
    case float64 = 0x0e

    var size: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }
  }

  private struct Header {
    let element: Element
    let dimensions: [Int]
    /// The number of bytes before the first element.
    var start: Int { 4 + 4 * dimensions.count }

    func number(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Double {
      let at = start + index * element.size
      func big<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
        Number(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: type))
      }
      return switch element {
      case .uint8: Double(bytes[at])
      case .int8: Double(Int8(bitPattern: bytes[at]))
      case .int16: Double(big(Int16.self))
      case .int32: Double(big(Int32.self))
      case .float32: Double(Float(bitPattern: big(UInt32.self)))
      case .float64: Double(bitPattern: big(UInt64.self))
      }
    }
  }

  /// The header of a file that holds exactly the elements that it claims.
  private func header(_ bytes: UnsafeRawBufferPointer) throws -> Header {
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
      throw Failure.invalidData("not an IDX file", at: "\(name):0")
    }
    let (type, rank) = (bytes[2], Int(bytes[3]))
    guard let element = Element(rawValue: type), (1...8).contains(rank), bytes.count >= 4 + 4 * rank else {
      throw Failure.invalidData("its header is broken: type \(type), \(rank) dimensions", at: "\(name):2")
    }
    let dimensions = (0..<rank).map {
      Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 + 4 * $0, as: UInt32.self)))
    }
    // The size of one row is computed first, because with 0 rows the other dimensions could be anything.
    var count = 1
    for dimension in dimensions.dropFirst() + dimensions.prefix(1) {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow, product <= bytes.count else {
        throw Failure.invalidData(
          "its dimensions ask for more elements than the file's \(bytes.count) bytes hold", at: "\(name):4")
      }
      count = product
    }
    let header = Header(element: element, dimensions: dimensions)
    guard count * element.size == bytes.count - header.start else {
      throw Failure.invalidData(
        "\(count) elements of \(element.size) bytes are claimed, and \(bytes.count - header.start) bytes follow",
        at: "\(name):\(header.start)")
    }
    return header
  }

  private func tensors(_ bytes: UnsafeRawBufferPointer, _ header: Header, _ rows: Int) throws -> Column {
    let shape = Array(header.dimensions.dropFirst())
    let width = shape.reduce(1, *)
    guard width > 0 else { throw Failure.invalidData("its rows are empty", at: "\(name):4") }
    let values = try Buffer<Float>(count: rows * width, for: "values")
    for index in 0..<values.count { values.pointer[index] = Float(header.number(bytes, index)) }
    return try Column(name: "values", values: .tensor(values, shape: shape.isEmpty ? [1] : shape))
  }

  private func images(_ bytes: UnsafeRawBufferPointer, _ header: Header, _ rows: Int) throws -> Column {
    let (height, width) = (header.dimensions[1], header.dimensions[2])
    guard height > 0, width > 0, let pixels = bytes.bindMemory(to: UInt8.self).baseAddress else {
      throw Failure.invalidData("its images are empty", at: "\(name):4")
    }
    guard (options.image.channels ?? 1) == 1 else {
      throw Failure.invalidConfig("IDX images have 1 channel", at: "/image/channels")
    }
    let reader = try ImageReader(options.image, channels: 1)
    let frame = try reader.frame(height: height, width: width)
    let each = frame.kept[0] * frame.kept[1]
    let values = try Buffer<Float>(count: rows * each, for: "images")
    let (failures, shards) = (FirstFailure(), WorkerPool.shards(of: rows, minimum: 64))
    WorkerPool.run(shards: shards.count) { shard in
      failures.catching {
        for row in shards[shard] {
          try reader.sample(
            pixels + header.start + row * height * width, height: height, width: width, frame,
            into: values.pointer + row * each)
        }
      }
    }
    try failures.rethrow()
    return try Column(name: "image", values: .tensor(values, shape: [1] + frame.kept))
  }
}
