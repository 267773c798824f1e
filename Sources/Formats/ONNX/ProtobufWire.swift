import Engine
import Platform

/// The protocol buffers' wire format (fields with a tag and a value), for writing messages and for locating
/// errors in damaged ones.
enum ProtobufWire {
  /// The offset of the first invalid field of a message, for errors about damaged files.
  ///
  /// - Parameter field: a field whose content is examined if all fields of the message are valid.
  static func firstFault(_ bytes: UnsafeRawBufferPointer, within field: UInt64) -> Int {
    var nested: Range<Int>?
    if let fault = fault(bytes, 0..<bytes.count, { if $0.number == field { nested = $0.content } }) {
      return fault
    }
    return nested.flatMap { fault(bytes, $0, { _ in }) } ?? 0
  }

  /// A field of a message.
  struct Field {
    let number: UInt64
    /// The bytes of the field with its tag.
    let whole: Range<Int>
    /// The content of a message, a text or a packed list; nil for a single number.
    let content: Range<Int>?
    /// The value of a whole number.
    let value: UInt64?
  }

  /// The last value of a whole number in a message; nil if it has none.
  static func number(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ field: UInt64) throws -> Int? {
    try fields(bytes, range).last { $0.number == field }?.value.flatMap { Int(exactly: $0) }
  }

  /// The fields of a message that lies in a range.
  ///
  /// - Throws: `invalidModel` for a damaged one.
  static func fields(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws -> [Field] {
    var result: [Field] = []
    if let fault = fault(bytes, range, { result.append($0) }) {
      throw Failure.invalidModel("a field is damaged", at: "\(fault)")
    }
    return result
  }

  /// Visits the fields of one range and calls `show` for each; nil if all are valid.
  private static func fault(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ show: (Field) -> Void
  ) -> Int? {
    var offset = range.lowerBound
    func varint() -> UInt64? {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while offset < range.upperBound, shift < 64 {
        let byte = bytes[offset]
        offset += 1
        value |= UInt64(byte & 0x7f) << shift
        if byte & 0x80 == 0 { return value }
        shift += 7
      }
      return nil
    }
    while offset < range.upperBound {
      let start = offset
      guard let tag = varint(), tag >> 3 > 0 else { return start }
      let size: UInt64
      var value: UInt64?
      switch tag & 7 {
      case 0:
        value = varint()
        size = value == nil ? UInt64.max : 0
      case 1: size = 8
      case 2: size = varint() ?? UInt64.max
      case 5: size = 4
      default: return start
      }
      guard size <= UInt64(range.upperBound - offset) else { return start }
      let content = offset..<(offset + Int(size))
      show(
        Field(
          number: tag >> 3, whole: start..<content.upperBound, content: tag & 7 == 2 ? content : nil,
          value: value))
      offset = content.upperBound
    }
    return nil
  }
}

/// A message to be written. Weights are not copied until the file is written.
struct ProtobufMessage {
  private enum Piece {
    case bytes([UInt8])
    case floats(Buffer<Float>)
    case halves(Buffer<UInt16>)
  }
  private var pieces: [Piece] = []
  private(set) var count = 0

  mutating func append(_ field: Int, _ value: Int) {
    append(tag(field, 0) + Self.varint(UInt64(bitPattern: Int64(value))))
  }

  mutating func append(_ field: Int, _ value: Float) {
    append(tag(field, 5) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
  }

  mutating func append(_ field: Int, _ text: String) {
    let bytes = Array(text.utf8)
    append(tag(field, 2) + Self.varint(UInt64(bytes.count)) + bytes)
  }

  mutating func append(_ field: Int, _ message: ProtobufMessage) {
    append(tag(field, 2) + Self.varint(UInt64(message.count)))
    pieces += message.pieces
    count += message.count
  }

  /// Raw little-endian float32.
  mutating func append(_ field: Int, _ values: Buffer<Float>) {
    let size = values.count * MemoryLayout<Float>.size
    append(tag(field, 2) + Self.varint(UInt64(size)))
    pieces.append(.floats(values))
    count += size
  }

  /// Raw little-endian numbers of 16 bits.
  mutating func append(_ field: Int, _ values: Buffer<UInt16>) {
    let size = values.count * MemoryLayout<UInt16>.size
    append(tag(field, 2) + Self.varint(UInt64(size)))
    pieces.append(.halves(values))
    count += size
  }

  mutating func append(_ field: Int, packed values: [Int]) {
    let bytes = values.flatMap { Self.varint(UInt64(bitPattern: Int64($0))) }
    append(tag(field, 2) + Self.varint(UInt64(bytes.count)) + bytes)
  }

  /// Packed little-endian float64.
  mutating func append(_ field: Int, _ values: [Double]) {
    append(tag(field, 2) + Self.varint(UInt64(values.count * MemoryLayout<Double>.size)))
    for value in values { append(withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }) }
  }

  /// A whole field with its tag, or several.
  mutating func append(copying bytes: UnsafeRawBufferPointer) { append(Array(bytes)) }

  /// A number without a tag, for the content of a field of bytes.
  mutating func appendRaw(_ value: Float) {
    append(withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
  }

  func write(_ write: (UnsafeRawBufferPointer) throws -> Void) throws {
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): try bytes.withUnsafeBytes { try write($0) }
      case .floats(let values): try write(UnsafeRawBufferPointer(values.elements))
      case .halves(let values): try write(UnsafeRawBufferPointer(values.elements))
      }
    }
  }

  private func tag(_ field: Int, _ wireType: UInt64) -> [UInt8] {
    Self.varint(UInt64(field) << 3 | wireType)
  }

  private mutating func append(_ bytes: [UInt8]) {
    count += bytes.count
    if case .bytes(let before)? = pieces.last, before.count < 4096 {
      pieces[pieces.count - 1] = .bytes(before + bytes)
    } else {
      pieces.append(.bytes(bytes))
    }
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
