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
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
      throw Failure.invalidData("not an IDX file", at: "\(name):0")
    }
    let (type, rank) = (bytes[2], Int(bytes[3]))
    let sizes: [UInt8: Int] = [0x08: 1, 0x09: 1, 0x0b: 2, 0x0c: 4, 0x0d: 4, 0x0e: 8]
    guard let size = sizes[type], (1...8).contains(rank), bytes.count >= 4 + 4 * rank else {
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
    let start = 4 + 4 * rank
    guard count * size == bytes.count - start else {
      throw Failure.invalidData(
        "\(count) elements of \(size) bytes are claimed, and \(bytes.count - start) bytes follow",
        at: "\(name):\(start)")
    }
    func element(_ index: Int) -> Double {
      let at = start + index * size
      switch type {
      case 0x08: return Double(bytes[at])
      case 0x09: return Double(Int8(bitPattern: bytes[at]))
      case 0x0b: return Double(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: Int16.self)))
      case 0x0c: return Double(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: Int32.self)))
      case 0x0d:
        let bits = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
        return Double(Float(bitPattern: bits))
      default:
        return Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
      }
    }
    let rows = min(dimensions[0], options.maximumRows ?? .max)
    if rank == 1, type < 0x0d {
      return try Dataset([Column(name: "label", integers: (0..<rows).map { Int64(element($0)) })])
    }
    guard rank == 3, type == 0x08 else {
      let shape = Array(dimensions.dropFirst())
      let width = shape.reduce(1, *)
      guard width > 0 else { throw Failure.invalidData("its rows are empty", at: "\(name):4") }
      let values = try Buffer<Float>(count: rows * width, for: "values")
      for index in 0..<values.count { values.pointer[index] = Float(element(index)) }
      return try Dataset([Column(name: "values", values: .tensor(values, shape: shape.isEmpty ? [1] : shape))]
      )
    }
    guard dimensions[1] > 0, dimensions[2] > 0, let pixels = bytes.bindMemory(to: UInt8.self).baseAddress
    else {
      throw Failure.invalidData("its images are empty", at: "\(name):4")
    }
    guard (options.image.channels ?? 1) == 1 else {
      throw Failure.invalidConfig("IDX images have 1 channel", at: "/image/channels")
    }
    let reader = try ImageReader(options.image, channels: 1)
    let frame = try reader.frame(height: dimensions[1], width: dimensions[2])
    let (own, each) = (dimensions[1] * dimensions[2], frame.kept[0] * frame.kept[1])
    let values = try Buffer<Float>(count: rows * each, for: "images")
    let (failures, shards) = (FirstFailure(), WorkerPool.shards(of: rows, minimum: 64))
    WorkerPool.run(shards: shards.count) { shard in
      failures.catching {
        for row in shards[shard] {
          try reader.sample(
            pixels + start + row * own, height: dimensions[1], width: dimensions[2], frame,
            into: values.pointer + row * each)
        }
      }
    }
    try failures.rethrow()
    return try Dataset([Column(name: "image", values: .tensor(values, shape: [1] + frame.kept))])
  }
}
