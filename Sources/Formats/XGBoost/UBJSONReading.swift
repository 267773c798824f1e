import Platform

/// Reads Universal Binary JSON (ubjson.org, draft 12), XGBoost's default format for models; the bytes are not
/// trusted.
struct UBJSONReader {
  private let bytes: UnsafeRawBufferPointer
  private let name: String
  private var offset = 0

  /// - Throws: `invalidModel` at `name:offset`.
  static func parse(_ bytes: UnsafeRawBufferPointer, named name: String) throws -> JSONValue {
    var reader = UBJSONReader(bytes: bytes, name: name)
    let value = try reader.value(try reader.marker(), depth: 0)
    guard reader.offset == bytes.count else { throw reader.malformed("something follows the document") }
    return value
  }

  private init(bytes: UnsafeRawBufferPointer, name: String) {
    self.bytes = bytes
    self.name = name
  }

  private func malformed(_ problem: String) -> Failure { .invalidModel(problem, at: "\(name):\(offset)") }

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytes.count - offset else { throw malformed("\(count) bytes are missing") }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  private mutating func byte() throws -> UInt8 { try take(1)[0] }

  private func peek() -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  /// The next marker; "N" (no operation) is skipped.
  private mutating func marker() throws -> UInt8 {
    var marker = try byte()
    while marker == UInt8(ascii: "N") { marker = try byte() }
    return marker
  }

  private mutating func integer<Number: FixedWidthInteger>(_: Number.Type) throws -> Int64 {
    let bytes = try take(MemoryLayout<Number>.size)
    return Int64(Number(bigEndian: bytes.loadUnaligned(as: Number.self)))
  }

  private mutating func length() throws -> Int {
    let marker = try marker()
    guard let value = try number(marker), case .integer(let length) = value, length >= 0,
      length <= Int64(bytes.count - offset)
    else { throw malformed("a length that the rest of the file does not have") }
    return Int(length)
  }

  /// nil if the marker is not a number's.
  private mutating func number(_ marker: UInt8) throws -> JSONValue? {
    switch marker {
    case UInt8(ascii: "i"): return .integer(try integer(Int8.self))
    case UInt8(ascii: "U"): return .integer(try integer(UInt8.self))
    case UInt8(ascii: "I"): return .integer(try integer(Int16.self))
    case UInt8(ascii: "l"): return .integer(try integer(Int32.self))
    case UInt8(ascii: "L"): return .integer(try integer(Int64.self))
    case UInt8(ascii: "d"):
      return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try integer(UInt32.self)))))
    case UInt8(ascii: "D"):
      return .number(Double(bitPattern: UInt64(bitPattern: try integer(Int64.self))))
    default: return nil
    }
  }

  private mutating func text() throws -> String {
    let count = try length()
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw malformed("the text is not UTF-8")
    }
    return text
  }

  private mutating func value(_ marker: UInt8, depth: Int) throws -> JSONValue {
    guard depth < Int(JSONValue.maximumDepth) else { throw malformed("nested too deeply") }
    if let number = try number(marker) { return number }
    switch marker {
    case UInt8(ascii: "Z"): return .null
    case UInt8(ascii: "T"): return .bool(true)
    case UInt8(ascii: "F"): return .bool(false)
    case UInt8(ascii: "S"), UInt8(ascii: "H"): return .string(try text())
    case UInt8(ascii: "C"): return .string(String(UnicodeScalar(try byte() & 0x7f)))
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "{"): return try object(depth: depth)
    default: throw malformed("the byte \(marker) starts no value")
    }
  }

  /// The element type ("$") and the count ("#") that may precede the elements.
  private mutating func header() throws -> (type: UInt8?, count: Int?) {
    var type: UInt8?
    if peek() == UInt8(ascii: "$") {
      offset += 1
      type = try byte()
    }
    guard peek() == UInt8(ascii: "#") else {
      if type != nil { throw malformed("a type without a count") }
      return (nil, nil)
    }
    offset += 1
    // Every element takes at least one byte; types without content are refused below.
    return (type, try length())
  }

  private mutating func array(depth: Int) throws -> JSONValue {
    let (type, count) = try header()
    var elements: [JSONValue] = []
    if let count {
      elements.reserveCapacity(count)
      for _ in 0..<count {
        if let type {
          guard let number = try number(type) else { throw malformed("arrays of type \(type) are not read") }
          elements.append(number)
        } else {
          elements.append(try value(try marker(), depth: depth + 1))
        }
      }
      return .array(elements)
    }
    while true {
      let marker = try marker()
      if marker == UInt8(ascii: "]") { return .array(elements) }
      elements.append(try value(marker, depth: depth + 1))
    }
  }

  private mutating func object(depth: Int) throws -> JSONValue {
    let (type, count) = try header()
    guard type == nil else { throw malformed("objects of one type are not read") }
    var members: [JSONValue.Member] = []
    while count.map({ members.count < $0 }) ?? true {
      if count == nil, peek() == UInt8(ascii: "}") {
        offset += 1
        break
      }
      let key = try text()
      members.append(.init(key, try value(try marker(), depth: depth + 1)))
    }
    return .object(members)
  }
}
