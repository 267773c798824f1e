/// Writes numbers and texts as bytes, least significant byte first, for another process. Integers and floats
/// take 8 bytes and booleans 1; texts and lists begin with their length (UTF-8 bytes or elements) in 8 bytes.
public struct ByteWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func write(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
  public mutating func write(_ value: Int) { write(UInt64(bitPattern: Int64(value))) }
  public mutating func write(_ value: Double) { write(value.bitPattern) }
  public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
  public mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }
  public mutating func write(_ values: [Double]) {
    write(values.count)
    for value in values { write(value) }
  }
  public mutating func write(_ texts: [String]) {
    write(texts.count)
    for text in texts { write(text) }
  }
}

/// Reads the output of a `ByteWriter`. The bytes are not trusted: a count is rejected if the remaining bytes
/// cannot hold it. Every reading method throws `malformed` if bytes are missing or invalid.
public struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  public private(set) var offset = 0
  private let what: String

  /// - Parameter what: the name of the bytes in messages.
  public init(_ bytes: UnsafeRawBufferPointer, what: String) {
    self.bytes = bytes
    self.what = what
  }

  public var isAtEnd: Bool { offset == bytes.count }

  /// An error at the position that was read last.
  public func malformed(_ problem: String) -> Failure {
    .invalidData("\(what), byte \(offset): \(problem)", at: "\(offset)")
  }

  private mutating func take(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= bytes.count - offset else {
      throw malformed("\(count) bytes are missing")
    }
    defer { offset += count }
    return offset..<offset + count
  }

  public mutating func word() throws -> UInt64 {
    let range = try take(8)
    return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self))
  }

  public mutating func flag() throws -> Bool {
    let range = try take(1)
    guard bytes[range.lowerBound] <= 1 else { throw malformed("neither yes nor no") }
    return bytes[range.lowerBound] == 1
  }

  /// Reads a count of elements of at least `size` bytes each; the bytes must be there.
  public mutating func count(of size: Int = 1) throws -> Int {
    let value = try word()
    guard let count = Int(exactly: value), count <= (bytes.count - offset) / max(1, size) else {
      throw malformed("\(value) elements do not fit into \(bytes.count - offset) bytes")
    }
    return count
  }

  /// Reads an integer of at least 0 that does not count bytes.
  public mutating func natural() throws -> Int {
    let value = try word()
    guard let number = Int(exactly: value), number <= 1 << 53 else {
      throw malformed("\(value) is too large")
    }
    return number
  }

  public mutating func double() throws -> Double { Double(bitPattern: try word()) }

  /// Reads a sum of weights: finite, at least 0.
  public mutating func weight() throws -> Double {
    let value = try double()
    guard value >= 0, value.isFinite else { throw malformed("\(value) is not a sum of weights") }
    return value
  }

  public mutating func text() throws -> String {
    let range = try take(try count())
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw malformed("the text is not UTF-8")
    }
    return text
  }

  public mutating func doubles() throws -> [Double] {
    let count = try count(of: 8)
    return try (0..<count).map { _ in try double() }
  }

  public mutating func texts() throws -> [String] {
    let count = try count(of: 8)
    return try (0..<count).map { _ in try text() }
  }
}
